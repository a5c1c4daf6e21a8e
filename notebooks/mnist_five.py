# %% [markdown]
# # Five methods on MNIST
#
# The work that Bridle reproduces here trains one network for each of L1, L2, dropout, batch norm and elastic net on MNIST, and ranks them by
# test accuracy. The questions it leaves open: which of the rankings are more than chance, and does any method beat no regularization? On the
# command line: `bridle reproduce mnist-five`; as a paper: `bridle report bridle-mnist-five --format pdf -o mnist-five.pdf`.

# %%
import bridle

study = bridle.reproduce("mnist-five")
study

# %% [markdown]
# The published rankings, and which of them hold:

# %%
study.claims()

# %%
study.figure("differences")

# %%
study.figure("curves")

# %% [markdown]
# The images that each method changes most, and what the first layer has learned:

# %%
study.figure("filters")

# %%
columns = ["method", "score", "difference", "difference_low", "difference_high", "verdict"]
study.leaderboard()[columns]
