# %% [markdown]
# # Five minutes with Bridle
#
# Which regularization does my network need, how strong, and does it truly help? This notebook compares three methods with
# no regularization on two moons, looks at the answer, and takes a model home.

# %%
import bridle

study = bridle.compare(
    "moons", methods="none,l1,l2,dropout", replicates=5, configurations=4, epochs=60, out="moons"
)
study

# %% [markdown]
# **The verdict** says what is certain, with an interval for each method; all intervals hold together with 95 % confidence. **The
# recommendation** says what to use if you cannot wait for certainty:

# %%
print(study.recommendation.words)

# %% [markdown]
# The leaderboard is a DataFrame, every figure a matplotlib figure.

# %%
columns = ["method", "score", "difference", "difference_low", "difference_high", "verdict"]
study.leaderboard()[columns]

# %%
study.figure("differences")

# %% [markdown]
# What a method does to the network can be seen: L1 sets weights to exactly zero.

# %%
study.figure("boundaries")

# %%
study.figure("weights")

# %% [markdown]
# Which settings of a method are as good as its best one?

# %%
study.strengths("l1")

# %% [markdown]
# Undecided? Further replicates make the intervals narrower, and they have room for a second look.

# %%
study = bridle.extend("moons", replicates=5)
study.leaderboard()[columns]

# %% [markdown]
# The recommended setting, trained on all rows as an ensemble of four networks:

# %%
model = study.refit(ensemble=4)
model

# %%
model.predict([[0.0, 1.0], [1.0, -0.5]])

# %% [markdown]
# With your own data: `bridle.compare(X, y)`, or `bridle.compare("data.csv", target="price")`.
