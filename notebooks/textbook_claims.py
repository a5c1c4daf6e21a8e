# %% [markdown]
# # What textbooks say, measured
#
# Articles and textbooks say of L1, L2, dropout, early stopping, batch norm and augmentation what they do. Here every statement is an
# experiment: a measured effect, an interval, a verdict. On the command line: `bridle reproduce textbook-claims`.

# %%
import bridle

work = bridle.reproduce("textbook-claims")
print(work.summary)

# %% [markdown]
# Every statement with the case that tells most. All intervals hold together with 95 % confidence. `depends`: it holds in one case and not in
# another.

# %%
statements = work.statements()
statements[["text", "verdict"]].drop_duplicates().style.hide(axis="index")

# %%
statements[["statement", "case", "effect", "low", "high", "least", "case_verdict"]]

# %% [markdown]
# Each statement has one picture. L1 drives weights to exactly zero:

# %%
work.figure("l1-zeros")

# %% [markdown]
# Dropout breaks up co-adaptation: activations of hidden units are less correlated.

# %%
work.figure("dropout-coadaptation")
