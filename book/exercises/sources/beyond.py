# %% [markdown]
# # Exercises: What survives? Shared inputs, correlated inputs, classification, no true labels
#
# They belong to the chapter [What survives? Shared inputs, correlated inputs, classification, no true labels](../beyond.ipynb). Each asks for one short function. The check below
# it accepts any correct implementation and otherwise says what is wrong. ★ warm-up, ★★ needs a derivation.
#
# TODO(beyond): replace the five exercises by the chapter's own.

# %%
import numpy as np

from w2slib import beyond


# %% [markdown]
# ## 1. How much is forgotten? ★
#
# Return the error of a student that keeps the share $s$ of a teacher *without* noise.

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def forgotten(share):
    """Error of a student of a perfect teacher."""
    return (1 - share) ** 2


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"]
for share in [0.2, 0.5, 0.9]:
    expected = beyond.student_error(share, 0.0)
    found = forgotten(share)
    assert np.isclose(found, expected), f"share {share}: {found} instead of {expected}"
print("Exercise 1: correct.")


# %% [markdown]
# ## 2. How much noise is left? ★
#
# Return the part of the student's error that the teacher's noise of variance $\sigma^2$ makes.

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def noise_left(share, noise_var):
    """Error that comes from the noise of the teacher."""
    return share**2 * noise_var


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"]
for share, noise_var in [(0.2, 1.0), (0.5, 3.0), (0.9, 0.5)]:
    expected = beyond.student_error(share, noise_var) - (1 - share) ** 2
    found = noise_left(share, noise_var)
    at = f"share {share}, noise {noise_var}"
    assert np.isclose(found, expected), f"{at}: {found} instead of {expected}"
print("Exercise 2: correct.")


# %% [markdown]
# ## 3. The best share ★★
#
# Return the share with the smallest error.

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def best(noise_var):
    """Share with the smallest error."""
    return 1 / (1 + noise_var)


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"]
for noise_var in [0.1, 1.0, 4.0]:
    expected = beyond.best_share(noise_var)
    found = best(noise_var)
    assert np.isclose(found, expected), f"noise {noise_var}: {found} is not the best share"
print("Exercise 3: correct.")


# %% [markdown]
# ## 4. The smallest share that wins ★★
#
# Let $\sigma^2 < 1$. Return the share below which the student loses to its teacher.

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def smallest_share(noise_var):
    """Share at which student and teacher have the same error, below 1."""
    return (1 - noise_var) / (1 + noise_var)


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"]
for noise_var in [0.1, 0.5, 0.9]:
    share = smallest_share(noise_var)
    gap = (1 - share) ** 2 + share**2 * noise_var - noise_var
    assert share < 1 - 1e-9, f"noise {noise_var}: look for the other share"
    assert abs(gap) < 1e-9, f"noise {noise_var}: at your share the errors differ by {gap:.2g}"
print("Exercise 4: correct.")


# %% [markdown]
# ## 5. What is gained at best? ★★
#
# Return by how much the best student is better than its teacher.

# %% mystnb={"code_prompt_hide": "Hide the solution", "code_prompt_show": "Show the solution"} tags=["solution", "hide-cell"]
def largest_gain(noise_var):
    """Teacher's error minus that of the best student."""
    return noise_var**2 / (1 + noise_var)


# %% mystnb={"code_prompt_hide": "Hide the check", "code_prompt_show": "Show the check"} tags=["check", "hide-input"]
for noise_var in [0.1, 1.0, 4.0]:
    best_student = beyond.student_error(beyond.best_share(noise_var), noise_var)
    expected = noise_var - best_student
    found = largest_gain(noise_var)
    assert np.isclose(found, expected), f"noise {noise_var}: {found} instead of {expected}"
print("Exercise 5: correct.")
