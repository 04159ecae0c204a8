# %% 1 right: bisection
def largest_ratio(tolerance):
    lo, hi = 0.0, 1.0
    for _ in range(60):
        mid = (lo + hi) / 2
        far = max((1 + mid**0.5) ** 2 - 1, 1 - (1 - mid**0.5) ** 2)
        lo, hi = (mid, hi) if far <= tolerance else (lo, mid)
    return lo
# %% 1 right: a grid
def largest_ratio(tolerance):
    gamma = np.linspace(1e-6, 1, 1_000_001)
    return gamma[(1 + np.sqrt(gamma)) ** 2 <= 1 + tolerance].max()
# %% 1 right: expanded square
def largest_ratio(tolerance):
    return [2 + tolerance - 2 * (1 + tolerance) ** 0.5]
# %% 1 right: the smaller of two ends
def largest_ratio(tolerance):
    return min((np.sqrt(1 + tolerance) - 1) ** 2, (1 - np.sqrt(1 - tolerance)) ** 2)
# %% 1 right: float32 array
# return ( => return np.ones(1, np.float32) * (
# %% 1 wrong: lower edge
# (np.sqrt(1 + tolerance) - 1) => (1 - np.sqrt(1 - tolerance))
# %% 1 wrong: root forgotten
# (np.sqrt(1 + tolerance) - 1) ** 2 => np.sqrt(1 + tolerance) - 1
# %% 1 wrong: edges one plus minus the ratio
# (np.sqrt(1 + tolerance) - 1) ** 2 => tolerance
# %% 1 wrong: half the way
# (np.sqrt(1 + tolerance) - 1) ** 2 => (tolerance / 2) ** 2
# %% 1 wrong: nothing returned
# return ( => ratio = (
# %% 1 wrong: samples per dimension
# (np.sqrt(1 + tolerance) - 1) ** 2 => 1 / (np.sqrt(1 + tolerance) - 1) ** 2
# %% 1 wrong: nan
# return ( => return np.nan * (
# %% 2 right: bisection
def trace_by_iteration(lam, gamma):
    lo, hi = 0.0, 1 / lam
    for _ in range(80):
        m = (lo + hi) / 2
        lo, hi = (m, hi) if 1 / m > lam + 1 / (1 + gamma * m) else (lo, m)
    return m
# %% 2 right: Newton
def trace_by_iteration(lam, gamma):
    m = 1 / (lam + 1)
    for _ in range(50):
        f = 1 / m - lam - 1 / (1 + gamma * m)
        m -= f / (-1 / m**2 + gamma / (1 + gamma * m) ** 2)
    return m
# %% 2 right: brentq
def trace_by_iteration(lam, gamma):
    from scipy.optimize import brentq
    return brentq(lambda m: m * (lam + 1 / (1 + gamma * m)) - 1, 1e-9, 1 / lam)
# %% 2 right: until it settles
def trace_by_iteration(lam, gamma):
    m, old = 1 / lam, 0
    while abs(m - old) > 1e-12 * abs(m):
        m, old = 1 / (lam + 1 / (1 + gamma * m)), m
    return np.array([m])
# %% 2 right: an optimiser
def trace_by_iteration(lam, gamma):
    from scipy.optimize import minimize_scalar
    miss = lambda m: (m * (lam + 1 / (1 + gamma * m)) - 1) ** 2
    return minimize_scalar(miss, bounds=(0, 1 / lam), method="bounded", options=dict(xatol=1e-10)).x
# %% 2 right: float32
# return m1 => return np.float32(m1)
# %% 2 wrong: the chapter's function
def trace_by_iteration(lam, gamma):
    return rm.resolvent_traces(lam, gamma)[0]
# %% 2 wrong: the chapter's function by another name
from w2slib.random_matrices import resolvent_traces as mine
def trace_by_iteration(lam, gamma):
    return mine(lam, gamma)[0]
# %% 2 wrong: through the shrinkage
law = rm.shrinkage
def trace_by_iteration(lam, gamma):
    return (1 - law(lam, gamma)) / lam
# %% 2 wrong: the quadratic
def trace_by_iteration(lam, gamma):
    b = lam + 1 - gamma
    return (-b + np.sqrt(b**2 + 4 * lam * gamma)) / (2 * lam * gamma)
# %% 2 wrong: the quadratic with a power
def trace_by_iteration(lam, gamma):
    b = lam + 1 - gamma
    return (-b + (b**2 + 4 * lam * gamma) ** 0.5) / (2 * lam * gamma)
# %% 2 wrong: the quadratic in a helper with an alias
root = np.sqrt
def quadratic(a, b, c):
    return (-b + root(b * b - 4 * a * c)) / (2 * a)
def trace_by_iteration(lam, gamma):
    return quadratic(lam * gamma, lam + 1 - gamma, -1)
# %% 2 wrong: roots of a polynomial
def trace_by_iteration(lam, gamma):
    return max(np.roots([lam * gamma, lam + 1 - gamma, -1]))
# %% 2 wrong: ten steps
# range(2000) => range(10)
# %% 2 wrong: another equation
# (1 + gamma * m1) => (gamma + m1)
# %% 2 wrong: the negative root
def trace_by_iteration(lam, gamma):
    m = -10.0 / lam - 10 / gamma
    for _ in range(100):
        f = m * (lam + 1 / (1 + gamma * m)) - 1
        m -= f / (lam + 1 / (1 + gamma * m) ** 2)
    return m
# %% 3 right: one fraction
def fit_error(lam, gamma, noise_var):
    s = rm.shrinkage(lam, gamma)
    return ((1 - s) ** 2 + noise_var * gamma * s**2) / (1 - gamma * s**2)
# %% 3 right: traces
def fit_error(lam, gamma, noise_var):
    m1, m2 = rm.resolvent_traces(lam, gamma)
    return lam**2 * m2 + noise_var * gamma * (m1 - lam * m2)
# %% 3 right: the teacher of the next chapter
def fit_error(lam, gamma, noise_var):
    from w2slib import ridge
    return ridge.teacher_error(lam, gamma, noise_var)
# %% 3 right: its own shrinkage
def fit_error(lam, gamma, noise_var):
    m = 1 / (1 + lam)
    for _ in range(20000):
        m = 1 / (lam + 1 / (1 + gamma * m))
    s = 1 / (1 + lam * (1 + gamma * m))
    return [((1 - s) ** 2 + noise_var * gamma * s**2) / (1 - gamma * s**2)]
# %% 3 right: float32 array
# return (1 - s) ** 2 + => return np.ones((1, 1)) * (1 - s) ** 2 +
# %% 3 wrong: only the label noise
# (noise_var + (1 - s) ** 2) => noise_var
# %% 3 wrong: denominator forgotten
#  / (1 - gamma * s**2) =>  / 1
# %% 3 wrong: noise not shrunk
# gamma * s**2 * omega_squared => gamma * omega_squared
# %% 3 wrong: signal kept instead of lost
# return (1 - s) ** 2 => return s**2
# %% 3 wrong: variance as a standard deviation
# (noise_var + => (noise_var**2 +
# %% 3 wrong: ratio forgotten
# gamma * s**2 * omega_squared => s**2 * omega_squared
# %% 3 wrong: error at the best penalty only
def fit_error(lam, gamma, noise_var):
    return 1 - rm.shrinkage(lam, gamma)
# %% 4 right: another pair
# 3.0, 1.0 => 5.0, 1.0
# %% 4 right: a list
# 3.0, 1.0 => [4, 1]
# %% 4 right: an array
# 3.0, 1.0 => np.array([3.0, 1.02])
# %% 4 right: slightly below one
# 3.0, 1.0 => 3.0, 0.98
# %% 4 right: sample sizes as fractions
# 3.0, 1.0 => 400 / 100, 400 / 400
# %% 4 wrong: order
# 3.0, 1.0 => 1.0, 3.0
# %% 4 wrong: not five times
# 3.0, 1.0 => 3.0, 1.6
# %% 4 wrong: more data helps
# 3.0, 1.0 => 3.0, 0.2
# %% 4 wrong: numbers of samples
# 3.0, 1.0 => 100, 400
# %% 4 wrong: errors instead of ratios
# 3.0, 1.0 => 0.87, 6.2
# %% 4 wrong: nan
# 3.0, 1.0 => np.nan, 1.0
# %% 4 wrong: one number
# 3.0, 1.0 => 3.0
# %% 5 right: counting up
def samples_to_see(theta, d, overlap):
    n = 2
    while rm.bbp_overlap(theta, d / n) < overlap:
        n += 1 if n < 200 else max(1, n // 1000)
    while rm.bbp_overlap(theta, d / (n - 1)) >= overlap:
        n -= 1
    return n
# %% 5 right: bisection
def samples_to_see(theta, d, overlap):
    lo, hi = 1, 10**9
    while hi - lo > 1:
        mid = (lo + hi) // 2
        lo, hi = (lo, mid) if rm.bbp_overlap(theta, d / mid) >= overlap else (mid, hi)
    return hi
# %% 5 right: math.ceil
def samples_to_see(theta, d, overlap):
    import math
    o = overlap**2
    return math.ceil(d * (1 + o * theta) / (theta**2 * (1 - o)))
# %% 5 right: a whole number as float
# int(np.ceil(d * per_dimension)) => np.ceil(d * per_dimension)
# %% 5 right: an array of integers
# int(np.ceil(d * per_dimension)) => np.array([int(np.ceil(d * per_dimension))])
# %% 5 wrong: not rounded
# int(np.ceil(d * per_dimension)) => d * per_dimension
# %% 5 wrong: rounded down
# np.ceil => np.floor
# %% 5 wrong: overlap not squared
# overlap**2 / theta) / (1 - overlap**2) => overlap / theta) / (1 - overlap)
# %% 5 wrong: the threshold
# per_dimension = (1 / theta**2 + overlap**2 / theta) / (1 - overlap**2) => per_dimension = 1 / theta**2
# %% 5 wrong: the ratio
# int(np.ceil(d * per_dimension)) => 1 / per_dimension
# %% 5 wrong: samples for each dimension
# np.ceil(d * per_dimension) => np.ceil(per_dimension)
# %% 5 wrong: twice as many
# np.ceil(d => np.ceil(2 * d
# %% 6 right: eigenvalues
def measured_shrinkage(X, lam):
    x = np.linalg.eigvalsh(X.T @ X / len(X))
    return np.mean(x / (x + lam))
# %% 6 right: an inverse
def measured_shrinkage(X, lam):
    S = X.T @ X / X.shape[0]
    return 1 - lam * np.trace(np.linalg.inv(S + lam * np.eye(S.shape[0]))) / S.shape[0]
# %% 6 right: solve
def measured_shrinkage(X, lam):
    S = np.cov(X, rowvar=False, bias=True) + np.outer(X.mean(0), X.mean(0))
    return np.trace(np.linalg.solve(S + lam * np.eye(len(S)), S)) / len(S)
# %% 6 right: in the space of the samples
def measured_shrinkage(X, lam):
    n, d = X.shape
    K = X @ X.T / n
    return [np.trace(K @ np.linalg.inv(K + lam * np.eye(n))) / d]
# %% 6 right: float32
# return np.sum => return np.float32(1) * np.sum
# %% 6 wrong: not divided by the number of samples
#  ** 2 / n =>  ** 2
# %% 6 wrong: mean over the singular values
# np.sum(eigenvalues / (eigenvalues + lam)) / d => np.mean(eigenvalues / (eigenvalues + lam))
# %% 6 wrong: covariance about the mean
# np.linalg.svd(X, => np.linalg.svd(X - X.mean(axis=0),
# %% 6 wrong: singular values not squared
# compute_uv=False) ** 2 => compute_uv=False)
# %% 6 wrong: what is lost
# eigenvalues / (eigenvalues + lam) => lam / (eigenvalues + lam)
# %% 6 wrong: the law instead of the measurement
def measured_shrinkage(X, lam):
    return rm.shrinkage(lam, X.shape[1] / X.shape[0])
# %% 6 wrong: changes the data
def measured_shrinkage(X, lam):
    X /= np.sqrt(len(X))
    x = np.linalg.eigvalsh(X.T @ X)
    return np.mean(x / (x + lam))
# %% 6 wrong: transposed
# n, d = X.shape => d, n = X.shape
# %% 7 right: bisection
def effective_samples(s, lam, d):
    lo, hi = 1e-6, 1e6
    for _ in range(100):
        mid = (lo * hi) ** 0.5
        lo, hi = (lo, mid) if rm.shrinkage(lam, mid) < s else (mid, hi)
    return d / lo
# %% 7 right: brentq
def effective_samples(s, lam, d):
    from scipy.optimize import brentq
    return brentq(lambda n: rm.shrinkage(lam, d / n) - s, 1e-2 * d, 1e2 * d)
# %% 7 right: solved for the number
def effective_samples(s, lam, d):
    return d * s * (1 - s) / (1 - s - lam * s)
# %% 7 right: array
# return d / gamma => return np.array([d / gamma])
# %% 7 right: float32
# return d / gamma => return np.float32(d / gamma)
# %% 7 wrong: the ratio
# return d / gamma => return gamma
# %% 7 wrong: ratio upside down
# return d / gamma => return d * gamma
# %% 7 wrong: root of s left out
# (1 - lam * s / (1 - s)) / s => 1 - lam * s / (1 - s)
# %% 7 wrong: one minus s
# lam * s / (1 - s) => lam * (1 - s) / s
# %% 7 wrong: rounded to hundreds
# return d / gamma => return round(d / gamma, -2) + 7
# %% 7 wrong: s as the share of seen directions
# return d / gamma => return d * s
# %% 7 wrong: none
# return d / gamma => return None
# %% 7 wrong: right in 300 dimensions only
# return d / gamma => return 300 / gamma
# %% 2 wrong: half of a logarithm
def trace_by_iteration(lam, gamma):
    b = lam + 1 - gamma
    return (-b + np.exp(np.log(b**2 + 4 * lam * gamma) / 2)) / (2 * lam * gamma)
# %% 2 wrong: a power that is an inverse
def trace_by_iteration(lam, gamma):
    b, two = lam + 1 - gamma, 2
    return (-b + (b**2 + 4 * lam * gamma) ** (1 / two)) / (2 * lam * gamma)
# %% 2 wrong: eigenvalues of the companion matrix
def trace_by_iteration(lam, gamma):
    return np.linalg.eigvals([[(gamma - 1 - lam) / (lam * gamma), 1 / (lam * gamma)], [1, 0]]).max()
# %% 2 right: bisection of the logarithm
def trace_by_iteration(lam, gamma):
    lo, hi = -20.0, np.log(1 / lam)
    for _ in range(80):
        mid = (lo + hi) / 2
        m = np.exp(mid)
        lo, hi = (mid, hi) if m * (lam + 1 / (1 + gamma * m)) < 1 else (lo, mid)
    return np.exp(hi)
# %% 4 wrong: more samples than fit into a computer
# 3.0, 1.0 => 1.0, 1e-6
