# %% [markdown]
# # Title: one sentence that says the result
#
# **After this chapter you can**
#
# - ... (three to five, each a verb that can be tested)
#
# **Prerequisites:** {doc}`random_matrices`. Code of this chapter: `w2slib.NAME`.
#
# ## The setting

# %% tags=["hide-input"] mystnb={"image": {"alt": "What the figure shows, for someone who cannot see it."}}
import numpy as np
import matplotlib.pyplot as plt

from w2slib import NAME, explorer, plots

fig, ax = plots.subplots()
plt.show()

# %% [markdown]
# ## Predict first, then drag
#
# :::{admonition} Predict
# :class: note
# A question that has a wrong answer most people give.
# :::

# %% tags=["hide-input"]
phase = explorer.NAME()
phase

# %% [markdown]
# The same picture for print, at the explorer's first setting (figure in the next cell), then result by result:
# in words, one formula, one figure with theory dashed and simulation as markers with error bars.
# Cells that teach stay open; cells that only draw are tagged `hide-input`.

# %% [markdown]
# ## Check yourself
#
# Every answer explains itself. Longer problems, with solutions: {doc}`exercises/NAME`.

# %% tags=["hide-input"]
import w2slib.data
from jupyterquiz import display_quiz

display_quiz(w2slib.data.quiz("NAME"))

# %% [markdown]
# :::{admonition} Take-away
# :class: tip
# Three sentences.
# :::
#
# **What is whose.** Theorem of a paper, this book's derivation, or only a simulation.
#
# ## Headline numbers

# %% tags=["nbval-check-output"]
print(f"rounded, so that another BLAS prints the same: {0.25:.4f}")
