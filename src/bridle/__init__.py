"""Which regularization does my network need, how strong, and does it truly help?"""
