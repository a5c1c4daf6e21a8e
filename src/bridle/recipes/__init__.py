"""Recipes: a setting of a study as a program of another framework, with every default written out."""

from bridle.recipes.recipes import FRAMEWORKS, framework, recipe

__all__ = ["FRAMEWORKS", "framework", "recipe"]
