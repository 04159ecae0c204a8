# %% 1 right: an array
# return (1 - share) ** 2 => return np.array([(1 - share) ** 2])
# %% 1 right: a list
# return (1 - share) ** 2 => return [(1 - share) ** 2]
# %% 1 right: float32
# return (1 - share) ** 2 => return np.float32((1 - share) ** 2)
# %% 1 right: in a tuple
# return (1 - share) ** 2 => return ((1 - share) ** 2,)
# %% 1 right: expanded
# (1 - share) ** 2 => 1 - 2 * share + share**2
# %% 1 wrong: not squared
# (1 - share) ** 2 => 1 - share
# %% 1 wrong: what is kept
# (1 - share) ** 2 => share**2
# %% 1 wrong: nan
# (1 - share) ** 2 => np.nan
# %% 1 wrong: printed
# return (1 - share) ** 2 => print((1 - share) ** 2)
# %% 1 wrong: the chapter's function by another name
error = chapter_name.student_error
def forgotten(share):
    return error(share, 0.0)
# %% 2 right: an array
# return share**2 * noise_var => return np.array([share**2 * noise_var])
# %% 2 right: a list
# return share**2 * noise_var => return [share**2 * noise_var]
# %% 2 right: float32
# return share**2 * noise_var => return np.float32(share**2 * noise_var)
# %% 2 right: in a tuple
# return share**2 * noise_var => return (share**2 * noise_var,)
# %% 2 right: a difference of errors
def noise_left(share, noise_var):
    return chapter_name.student_error(share, noise_var) - chapter_name.student_error(share, 0.0)
# %% 2 wrong: not squared
# share**2 => share
# %% 2 wrong: variance squared
# share**2 * noise_var => share**2 * noise_var**2
# %% 2 wrong: the whole error
# share**2 * noise_var => share**2 * noise_var + (1 - share) ** 2
# %% 2 wrong: all of it
# share**2 * noise_var => noise_var
# %% 2 wrong: nothing returned
# return share => left = share
# %% 3 right: an array
# return 1 / (1 + noise_var) => return np.array([1 / (1 + noise_var)])
# %% 3 right: a list
# return 1 / (1 + noise_var) => return [1 / (1 + noise_var)]
# %% 3 right: float32
# return 1 / (1 + noise_var) => return np.float32(1 / (1 + noise_var))
# %% 3 right: in a tuple
# return 1 / (1 + noise_var) => return (1 / (1 + noise_var),)
# %% 3 right: a bounded optimiser
def best(noise_var):
    from scipy.optimize import minimize_scalar
    return minimize_scalar(lambda s: (1 - s) ** 2 + s**2 * noise_var, bounds=(0, 1), method="bounded").x
# %% 3 wrong: its error
# 1 / (1 + noise_var) => noise_var / (1 + noise_var)
# %% 3 wrong: standard deviation
# (1 + noise_var) => (1 + noise_var**0.5)
# %% 3 wrong: a copy
# 1 / (1 + noise_var) => 1.0
# %% 3 wrong: above one
# 1 / (1 + noise_var) => 1 + noise_var
# %% 3 wrong: the chapter's function
def best(noise_var):
    return chapter_name.best_share(noise_var)
# %% 4 right: an array
# return (1 - noise_var) / (1 + noise_var) => return np.array([(1 - noise_var) / (1 + noise_var)])
# %% 4 right: a list
# return (1 - noise_var) / (1 + noise_var) => return [(1 - noise_var) / (1 + noise_var)]
# %% 4 right: float32
# return (1 - noise_var) / (1 + noise_var) => return np.float32((1 - noise_var) / (1 + noise_var))
# %% 4 right: in a tuple
# return (1 - noise_var) / (1 + noise_var) => return ((1 - noise_var) / (1 + noise_var),)
# %% 4 right: twice the best share minus one
# (1 - noise_var) / (1 + noise_var) => 2 / (1 + noise_var) - 1
# %% 4 wrong: the copy
# (1 - noise_var) / (1 + noise_var) => 1.0
# %% 4 wrong: the best share
# (1 - noise_var) / (1 + noise_var) => 1 / (1 + noise_var)
# %% 4 wrong: negative
# return (1 - noise_var) => return -(1 - noise_var)
# %% 4 wrong: zero
# (1 - noise_var) / (1 + noise_var) => 0.0
# %% 4 wrong: upside down
# (1 - noise_var) / (1 + noise_var) => (1 + noise_var) / (1 - noise_var)
# %% 5 right: an array
# return noise_var**2 / (1 + noise_var) => return np.array([noise_var**2 / (1 + noise_var)])
# %% 5 right: a list
# return noise_var**2 / (1 + noise_var) => return [noise_var**2 / (1 + noise_var)]
# %% 5 right: float32
# return noise_var**2 / (1 + noise_var) => return np.float32(noise_var**2 / (1 + noise_var))
# %% 5 right: in a tuple
# return noise_var**2 / (1 + noise_var) => return (noise_var**2 / (1 + noise_var),)
# %% 5 right: a difference
# noise_var**2 / (1 + noise_var) => noise_var - noise_var / (1 + noise_var)
# %% 5 wrong: error of the student
# noise_var**2 / (1 + noise_var) => noise_var / (1 + noise_var)
# %% 5 wrong: sign
# return noise_var**2 => return -(noise_var**2)
# %% 5 wrong: relative gain
# noise_var**2 / (1 + noise_var) => noise_var / (1 + noise_var) + 0.1
# %% 5 wrong: not squared
# noise_var**2 / (1 + noise_var) => noise_var / 2
# %% 5 wrong: infinite
# noise_var**2 / (1 + noise_var) => np.inf
