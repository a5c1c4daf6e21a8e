"""Notebooks: `.py` files are written by people, `.ipynb` files are what they gave when they ran."""
