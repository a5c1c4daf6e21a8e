"""The same work in other libraries, written as their own users would write it."""
