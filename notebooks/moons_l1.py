# %% [markdown]
# # L1 on two moons
#
# The work that Bridle reproduces here trains one network with an L1 penalty and one without on two moons, and shows boundaries, curves and
# weights. The question it leaves open: is the difference more than chance? On the command line: `bridle reproduce moons-l1`.

# %%
import bridle

study = bridle.reproduce("moons-l1")
study

# %% [markdown]
# Both networks of one replicate, and the boundaries of all others as thin lines:

# %%
study.figure("boundaries")

# %%
study.figure("curves")

# %% [markdown]
# L1 does set weights to exactly zero. A histogram of rounded weights would not tell; the share on the right does.

# %%
study.figure("weights")

# %%
columns = [
    "method",
    "score",
    "difference",
    "difference_low",
    "difference_high",
    "exact_zeros",
    "verdict",
]
study.leaderboard()[columns]
