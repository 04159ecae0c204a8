# %% [markdown]
# # Exercises: Chapter title
#
# They belong to the chapter [Chapter title](../chapter_name.ipynb). Each asks for one short function. The check below
# it accepts any correct implementation and otherwise says what is wrong. ★ warm-up, ★★ needs a derivation.
#
# TODO(chapter_name): replace the five exercises by the chapter's own.

# %%
from importlib.util import find_spec

if find_spec("w2slib") is None:
    raise ModuleNotFoundError(
        "The book's package is missing: run %pip install ADDRESS, where ADDRESS is that of the "
        "wheel (w2slib-....whl) beside the book's front page, or git+ and that of its repository."
    )

import numpy as np

from w2slib import chapter_name, checks

checks.remember(globals())  # a check then says which of these names was overwritten


# %% [markdown] exercise={"minutes": 5, "objectives": [1, 2], "stars": 1}
# ## 1. How much is forgotten? ★
#
# *2 points, about 5 minutes.*
#
# Return the error of a student that keeps the share $s$ of a teacher *without* noise.
#
# <details><summary>Hint</summary>
#
# What is missing is $1 - s$ of the truth, and errors are squares.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def forgotten(share):
    """Error of a student of a perfect teacher."""
    return (1 - share) ** 2


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"] points=2
answer = checks.Answer("forgotten", without=["chapter_name"])
for share in [0.2, 0.5, 0.9]:
    found = answer.number(share)
    right = checks.close(found, chapter_name.student_error(share, 0.0))
    assert right, f"The error is not {found:.4f} for the share {share}."
print("Exercise 1: correct.")


# %% [markdown] exercise={"minutes": 5, "objectives": [2], "stars": 1}
# ## 2. How much noise is left? ★
#
# *2 points, about 5 minutes.*
#
# Return the part of the student's error that the teacher's noise of variance $\sigma^2$ makes.
#
# <details><summary>Hint</summary>
#
# The student keeps the share $s$ of the noise, too.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def noise_left(share, noise_var):
    """Error that comes from the noise of the teacher."""
    return share**2 * noise_var


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"] points=2
answer = checks.Answer("noise_left")
for share, noise_var in [(0.2, 1.0), (0.5, 3.0), (0.9, 0.5)]:
    found = answer.number(share, noise_var)
    right = checks.close(found, chapter_name.student_error(share, noise_var) - (1 - share) ** 2)
    assert right, f"The noise left is not {found:.4f} for share {share}, noise_var {noise_var}."
print("Exercise 2: correct.")


# %% [markdown] exercise={"minutes": 15, "objectives": [2], "stars": 2}
# ## 3. The best share ★★
#
# *2 points, about 15 minutes.*
#
# Return the share with the smallest error.
#
# <details><summary>Hint</summary>
#
# Where does the derivative of $(1 - s)^2 + s^2\sigma^2$ vanish?
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def best(noise_var):
    """Share with the smallest error."""
    return 1 / (1 + noise_var)


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"] points=2
answer = checks.Answer("best", without=["chapter_name.best_share"])
for noise_var in [0.1, 1.0, 4.0]:
    found = answer.number(noise_var)
    assert 0 <= found <= 1, f"Your {found:.4f} is no share for noise_var {noise_var}."
    right = abs(found - chapter_name.best_share(noise_var)) < 1e-3
    assert right, f"Another share than {found:.4f} has a smaller error for noise_var {noise_var}."
print("Exercise 3: correct.")


# %% [markdown] exercise={"minutes": 15, "objectives": [2], "stars": 2}
# ## 4. The smallest share that wins ★★
#
# *2 points, about 15 minutes.*
#
# Let $\sigma^2 < 1$. Return the share below which the student loses to its teacher.
#
# <details><summary>Hint</summary>
#
# Set the two errors equal. One of the two solutions is a copy of the teacher.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def smallest_share(noise_var):
    """Share at which student and teacher have the same error, below 1."""
    return (1 - noise_var) / (1 + noise_var)


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"] points=2
answer = checks.Answer("smallest_share")
for noise_var in [0.1, 0.5, 0.9]:
    share = answer.number(noise_var)
    gap = (1 - share) ** 2 + share**2 * noise_var - noise_var
    assert share < 1 - 1e-3, f"For noise_var {noise_var} look for the other share."
    assert abs(gap) < 1e-4, f"At your share the errors differ by {gap:.2g} ({noise_var = })."
print("Exercise 4: correct.")


# %% [markdown] exercise={"minutes": 10, "objectives": [2], "stars": 2}
# ## 5. What is gained at best? ★★
#
# *2 points, about 10 minutes.*
#
# Return by how much the best student is better than its teacher.
#
# <details><summary>Hint</summary>
#
# Insert the best share of exercise 3.
#
# </details>

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def largest_gain(noise_var):
    """Teacher's error minus that of the best student."""
    return noise_var**2 / (1 + noise_var)


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"] points=2
answer = checks.Answer("largest_gain")
for noise_var in [0.1, 1.0, 4.0]:
    found, share = answer.number(noise_var), chapter_name.best_share(noise_var)
    right = checks.close(found, noise_var - chapter_name.student_error(share, noise_var))
    assert right, f"The gain at best is not {found:.4f} for noise_var {noise_var}."
print("Exercise 5: correct.")
