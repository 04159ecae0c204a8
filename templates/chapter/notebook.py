# %% [markdown]
# # Chapter title
#
# **After this chapter you can**
#
# - TODO(chapter_name): three to five lines, each with a verb that can be tested;
# - say how much of a noisy teacher's answer a {term}`student` should keep.
#
# **Prerequisites:** {doc}`random_matrices`. Code of this chapter: `w2slib.chapter_name`. Every symbol is
# listed in {doc}`notation`.

# %%
from importlib.util import find_spec

if find_spec("w2slib") is None:
    raise ModuleNotFoundError(
        "The book's package is missing: run %pip install ADDRESS, where ADDRESS is that of the "
        "wheel (w2slib-....whl) beside the book's front page, or git+ and that of its repository."
    )

import matplotlib.pyplot as plt
import numpy as np

from w2slib import chapter_name, data, explorer, figures

# %% [markdown]
# ## The setting
#
# The {term}`teacher` answers $\beta_t = \beta_\star + \sigma z/\sqrt d$: the truth and noise. The student keeps a share $s$ of
# that answer. What it forgets costs $(1 - s)^2$, and of the noise it keeps $s^2\sigma^2$:
#
# $$L_t = \sigma^2, \qquad L_s = (1 - s)^2 + s^2\sigma^2 .$$
#
# ## Predict first, then drag
#
# :::{admonition} Predict
# :class: note
# TODO(chapter_name): a question that has a wrong answer most people give. Can a student that *forgets* part of its teacher's
# answer be better than the teacher?
# :::

# %% tags=["hide-input"]
explorer.chapter_name()

# %% [markdown]
# The same for print, with a simulation in $d = 400$ dimensions:

# %% mystnb={"image": {"alt": "Error of the student against the share that it keeps, theory dashed and simulation as markers. The curve falls from 1 to its minimum at two thirds and rises to the error of the teacher, one half, at share 1."}}
shares, noise_var = np.linspace(0, 1, 11), 0.5
teacher, student = chapter_name.simulate(shares, noise_var, rng=1)
fig, ax = figures.subplots()
ax.plot(shares, chapter_name.student_error(shares, noise_var), "--", label="theory")
ax.errorbar(shares, student.mean, 2 * student.stderr, fmt="o", label="simulation")
ax.axhline(teacher.mean, color="black", label="teacher")
ax.set(xlabel="share kept", ylabel="excess test error")
ax.legend()
plt.show()

# %% [markdown]
# **In words.** TODO(chapter_name): what the figure says, then what it does not say.
#
# **In one formula.** The student wins for
# $\max\Bigl(0, \dfrac{1 - \sigma^2}{1 + \sigma^2}\Bigr) < s < 1$, and best is $s^\star = 1/(1 + \sigma^2)$.
#
# ## Check yourself
#
# Every answer explains itself. Longer problems, with solutions: {doc}`exercises/chapter_name`.

# %% tags=["hide-input"]
from jupyterquiz import display_quiz

display_quiz(data.quiz("chapter_name"))

# %% [markdown]
# :::{admonition} Take-away
# :class: tip
# TODO(chapter_name): three sentences.
# :::
#
# **What is whose.** TODO(chapter_name): theorem of a paper, this book's derivation, or only a simulation.
#
# ## Headline numbers

# %% tags=["nbval-check-output"]
low, high = chapter_name.winning_interval(noise_var)
print(f"best share {chapter_name.best_share(noise_var):.4f}")
print(f"the student wins from {low:.4f} to {high:.4f}")
