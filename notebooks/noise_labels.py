# %% [markdown]
# # Labels that mean nothing
#
# The work that Bridle reproduces here trains a network with dropout on uniform features and random labels of ten classes, and its accuracy
# stays at chance. The question it leaves open: can any network do better? On the command line: `bridle reproduce noise-labels`.

# %%
import bridle

study = bridle.reproduce("noise-labels")
study

# %% [markdown]
# The answer says so by itself: predictions fit the labels no better than shuffled labels would. A comparison of methods would be a comparison
# of luck, and gets no verdict.

# %%
print(study.summary)

# %%
study.figure("curves")

# %% [markdown]
# With some labels right there is signal, and it is found:

# %%
bridle.compare(
    "moons(n=200,noise=0.3)",
    methods="none,dropout",
    replicates=3,
    configurations=2,
    epochs=30,
    out="signal",
)
