"""The playground: populations with and without a method, trained as one looks at them."""
