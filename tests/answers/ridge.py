# %% 1 right: inverse matrices
def teach_and_learn(X_t, y_t, X_s, lam_t, lam_s):
    d = X_t.shape[1]
    b = np.linalg.inv(X_t.T @ X_t + len(X_t) * lam_t * np.eye(d)) @ X_t.T @ y_t
    return b, np.linalg.inv(X_s.T @ X_s + len(X_s) * lam_s * np.eye(d)) @ X_s.T @ (X_s @ b)
# %% 1 right: column vectors in a list
def teach_and_learn(X_t, y_t, X_s, lam_t, lam_s):
    def fit(X, y, lam):
        return np.linalg.solve(X.T @ X / len(X) + lam * np.eye(X.shape[1]), X.T @ y / len(X))
    b = fit(X_t, y_t.reshape(-1, 1), lam_t)
    return [b, fit(X_s, X_s @ b, lam_s)]
# %% 1 right: augmented least squares
def teach_and_learn(X_t, y_t, X_s, lam_t, lam_s):
    def fit(X, y, lam):
        n, d = X.shape
        rows = np.vstack([X, np.sqrt(n * lam) * np.eye(d)])
        return np.linalg.lstsq(rows, np.append(y, np.zeros(d)), rcond=None)[0]
    b = fit(X_t, y_t, lam_t)
    return b, fit(X_s, X_s @ b, lam_s)
# %% 1 right: BFGS
def teach_and_learn(X_t, y_t, X_s, lam_t, lam_s):
    from scipy.optimize import minimize
    def fit(X, y, lam):
        loss = lambda b: np.mean((y - X @ b) ** 2) + lam * b @ b
        slope = lambda b: 2 * X.T @ (X @ b - y) / len(X) + 2 * lam * b
        return minimize(loss, np.zeros(X.shape[1]), jac=slope, method="BFGS").x
    b = fit(X_t, y_t, lam_t)
    return b, fit(X_s, X_s @ b, lam_s)
# %% 1 right: float32
def teach_and_learn(X_t, y_t, X_s, lam_t, lam_s):
    X_t, y_t, X_s = (a.astype(np.float32) for a in (X_t, y_t, X_s))
    def fit(X, y, lam):
        n, d = X.shape
        return np.linalg.solve(X.T @ X / n + np.float32(lam) * np.eye(d, dtype=np.float32), X.T @ y / n)
    b = fit(X_t, y_t, lam_t)
    return b, fit(X_s, X_s @ b, lam_s)
# %% 1 right: in the space of the samples
def teach_and_learn(X_t, y_t, X_s, lam_t, lam_s):
    def fit(X, y, lam):
        return X.T @ np.linalg.solve(X @ X.T + len(X) * lam * np.eye(len(X)), y)
    b = fit(X_t, y_t, lam_t)
    return b.tolist(), fit(X_s, X_s @ b, lam_s).tolist()
# %% 1 wrong: penalty not multiplied by n
# X.T @ X / n + lam * np.eye(d), X.T @ y / n => X.T @ X + lam * np.eye(d), X.T @ y
# %% 1 wrong: student learns from itself
# return beta_t, fit(X_s, X_s @ beta_t, lam_s) => return beta_t, fit(X_s, X_s @ beta_t, lam_t)
# %% 1 wrong: student on the teacher's inputs
# fit(X_s, X_s @ beta_t, lam_s) => fit(X_t, X_t @ beta_t, lam_s)
# %% 1 wrong: nothing returned
# return beta_t, => beta_s =
# %% 1 wrong: predictions instead of coefficients
# return beta_t, fit(X_s, X_s @ beta_t, lam_s) => return X_t @ beta_t, X_s @ fit(X_s, X_s @ beta_t, lam_s)
# %% 1 wrong: student sees the teacher's labels through noise
# fit(X_s, X_s @ beta_t, lam_s) => fit(X_s, X_s @ beta_t + np.random.default_rng(0).standard_normal(len(X_s)), lam_s)
# %% 1 wrong: inputs are scaled in place
# n, d = X.shape => n, d = X.shape; X /= np.sqrt(n); y = y * np.sqrt(n) / n * np.sqrt(n) / np.sqrt(n)
# %% 1 wrong: nan
# return beta_t, fit(X_s, X_s @ beta_t, lam_s) => return beta_t * np.nan, beta_t * np.nan
# %% 2 right: search
def smallest_h(gamma_s):
    m1, m2 = rm.resolvent_traces(np.logspace(-5, 5, 40001), gamma_s)
    return np.min(np.logspace(-5, 5, 40001) * m2 / m1)
# %% 2 right: at the known penalty
def smallest_h(gamma_s):
    lam = gamma_s - 1
    m1, m2 = rm.resolvent_traces(lam, gamma_s)
    return lam * m2 / m1
# %% 2 right: a bounded optimiser
def smallest_h(gamma_s):
    from scipy.optimize import minimize_scalar
    h = lambda s: (1 - s) / (1 - gamma_s * s**2)
    return [minimize_scalar(h, bounds=(0, 1 / gamma_s), method="bounded").fun]
# %% 2 right: by the shrinkage of the minimum
def smallest_h(gamma_s):
    s0 = 1 - np.sqrt(1 - 1 / gamma_s)
    return np.array([1 / (2 * gamma_s * s0)])
# %% 2 right: float32
def smallest_h(gamma_s):
    return np.float32(0.5) * (1 + np.sqrt(np.float32(1 - 1 / gamma_s)))
# %% 2 wrong: calls the gate
def smallest_h(gamma_s):
    return ridge.gate(gamma_s)
# %% 2 wrong: the gate by another name
from w2slib.ridge import gate as portal
smallest_h = portal
# %% 2 wrong: the gate through an alias in a helper
door = getattr(ridge, "gate")
def helper(g):
    return door(g)
def smallest_h(gamma_s):
    return helper(gamma_s)
# %% 2 wrong: other root
# (1 + np.sqrt => (1 - np.sqrt
# %% 2 wrong: place instead of value
# return (1 + np.sqrt(1 - 1 / gamma_s)) / 2 => return gamma_s - 1
# %% 2 wrong: shrinkage instead of value
# (1 + np.sqrt(1 - 1 / gamma_s)) / 2 => 1 - np.sqrt(1 - 1 / gamma_s)
# %% 2 wrong: nan
# 1 - 1 / gamma_s => 1 - gamma_s
# %% 2 wrong: printed
# return (1 + np.sqrt(1 - 1 / gamma_s)) / 2 => print((1 + np.sqrt(1 - 1 / gamma_s)) / 2)
# %% 2 wrong: not halved
# ) / 2 => )
# %% 3 right: bisection
def safe_penalty(gamma_t, gamma_s, noise_var):
    lo, hi = 0.0, gamma_t * noise_var
    for _ in range(60):
        mid = (lo + hi) / 2
        lo, hi = (lo, mid) if ridge.regime(mid, gamma_t, gamma_s, noise_var) == "never" else (mid, hi)
    return hi
# %% 3 right: own formula of the gate
def safe_penalty(gamma_t, gamma_s, noise_var):
    level = (1 + (1 - 1 / gamma_s) ** 0.5) / 2
    def excess(lam):
        p, q = ridge.teacher_moments(lam, gamma_t, noise_var)
        return 2 * (1 - p / q) - level
    return brentq(excess, 1e-9, gamma_t * noise_var)
# %% 3 right: a fine grid
def safe_penalty(gamma_t, gamma_s, noise_var):
    lam = np.linspace(1e-4, gamma_t * noise_var, 20001)
    return lam[np.argmax(ridge.badness(lam, gamma_t, noise_var) <= ridge.gate(gamma_s))]
# %% 3 right: an array of shape (1,)
# return brentq => return np.array([1.0]) * brentq
# %% 3 right: float32
# return brentq => return np.float32(1) * brentq
# %% 3 right: a tuple of one
# return brentq( => return 1.0 * brentq(
# %% 3 wrong: optimal penalty
def safe_penalty(gamma_t, gamma_s, noise_var):
    return gamma_t * noise_var
# %% 3 wrong: gate of one half
# ridge.gate(gamma_s) => 0.5
# %% 3 wrong: gate of the teacher's ratio
# ridge.gate(gamma_s) => ridge.gate(gamma_t + 1)
# %% 3 wrong: the smallest penalty tried
# return brentq => return 1e-6 + 0 * brentq
# %% 3 wrong: ten per cent too careful
# return brentq => return 1.1 * brentq
# %% 3 wrong: noise forgotten
# ridge.badness(lam, gamma_t, noise_var) => ridge.badness(lam, gamma_t, 0.9 * noise_var)
# %% 3 wrong: negative
# return brentq => return -brentq
# %% 3 wrong: nan for an answer
# return brentq => return np.nan * brentq
# %% 4 right: search
def price_of_learning(gamma_t, gamma_s, noise_var):
    lam_t, lam_s = gamma_t * noise_var, np.logspace(-6, 2, 2001)
    errors = ridge.student_error(lam_t, lam_s, gamma_t, gamma_s, noise_var)
    return errors.min() - ridge.teacher_error(lam_t, gamma_t, noise_var)
# %% 4 right: cases
def price_of_learning(gamma_t, gamma_s, noise_var):
    if gamma_s <= 1:
        return 0
    return (1 - 1 / gamma_s) * rm.shrinkage(gamma_t * noise_var, gamma_t)
# %% 4 right: through the error of the teacher
def price_of_learning(gamma_t, gamma_s, noise_var):
    p = 1 - ridge.teacher_error(gamma_t * noise_var, gamma_t, noise_var)
    return np.array([p * (1 - min(1, 1 / gamma_s))])
# %% 4 right: through the moments
def price_of_learning(gamma_t, gamma_s, noise_var):
    p, q = ridge.teacher_moments(gamma_t * noise_var, gamma_t, noise_var)
    return [q * np.clip(1 - 1 / gamma_s, 0, None)]
# %% 4 right: float32
# return p * => return np.float32(p) *
# %% 4 wrong: negative below one
# max(0.0, 1 - 1 / gamma_s) => (1 - 1 / gamma_s)
# %% 4 wrong: overlap left out
# return p * => return
# %% 4 wrong: inverse ratio
# 1 - 1 / gamma_s => 1 / gamma_s
# %% 4 wrong: always zero
# return p * max(0.0, 1 - 1 / gamma_s) => return 0.0
# %% 4 wrong: error instead of difference
# return p * => return 1 - p + p *
# %% 4 wrong: noise forgotten
# gamma_t * noise_var => gamma_t
# %% 4 wrong: squared overlap
# return p * => return p**2 *
# %% 5 right: bisection
def inputs_needed(share, lam_t, gamma_t, noise_var):
    p, q = ridge.teacher_moments(lam_t, gamma_t, noise_var)
    L_t = ridge.teacher_error(lam_t, gamma_t, noise_var)
    lo, hi = 1e-3, 1e4
    for _ in range(60):
        mid = (lo * hi) ** 0.5
        lam_s = ridge.optimal_student_penalty(lam_t, gamma_t, 1 / mid, noise_var)
        gain = L_t - ridge.student_error(lam_t, lam_s, gamma_t, 1 / mid, noise_var)
        lo, hi = (mid, hi) if gain < share * (L_t - 1 + p**2 / q) else (lo, mid)
    return hi
# %% 5 right: interpolation on a grid
def inputs_needed(share, lam_t, gamma_t, noise_var):
    p, q = ridge.teacher_moments(lam_t, gamma_t, noise_var)
    L_t = ridge.teacher_error(lam_t, gamma_t, noise_var)
    gamma = np.logspace(-4, 1, 4001)
    lam_s = ridge.optimal_student_penalty(lam_t, gamma_t, gamma, noise_var)
    gain = (L_t - ridge.student_error(lam_t, lam_s, gamma_t, gamma, noise_var)) / (L_t - 1 + p**2 / q)
    return 1 / np.interp(-share, -gain, gamma)
# %% 5 right: an array
# return np.exp(-brentq(excess, np.log(1e-6), np.log(100.0))) => return np.array([np.exp(-brentq(excess, np.log(1e-6), np.log(100.0)))])
# %% 5 right: float32 in a list
# return np.exp(-brentq(excess, np.log(1e-6), np.log(100.0))) => return [np.float32(np.exp(-brentq(excess, np.log(1e-6), np.log(100.0))))]
# %% 5 right: a coarse search for the penalty
# lam_s = ridge.optimal_student_penalty(lam_t, gamma_t, gamma_s, noise_var) => lam_s = np.logspace(-2, 2, 801)
# ridge.student_error(lam_t, lam_s, gamma_t, gamma_s, noise_var) - wanted => ridge.student_error(lam_t, lam_s, gamma_t, gamma_s, noise_var).min() - wanted
# %% 5 wrong: ratio instead of inputs
# np.exp(-brentq => np.exp(brentq
# %% 5 wrong: part of the share
# L_t - share * (L_t - (1 - p**2 / q)) => (1 - 0.9 * share) * L_t + 0.9 * share * (1 - p**2 / q)
# %% 5 wrong: not the best penalty
# ridge.optimal_student_penalty(lam_t, gamma_t, gamma_s, noise_var) => 0.7 * ridge.optimal_student_penalty(lam_t, gamma_t, gamma_s, noise_var)
# %% 5 wrong: too many
# np.exp(-brentq => 1.2 * np.exp(-brentq
# %% 5 wrong: total number of inputs
# np.exp(-brentq => 100 * np.exp(-brentq
# %% 5 wrong: negative
# return np.exp => return -np.exp
# %% 5 wrong: floor forgotten
# (1 - p**2 / q) => (1 - p / q)
# %% 6 right: written out
def reuse_trial(rng, lam_t, lam_s, gamma, noise_var, d=150):
    n = int(round(d / gamma))
    beta = rng.normal(0, d**-0.5, d)
    X = rng.normal(size=(n, d))
    y = X @ beta + rng.normal(0, noise_var**0.5, n)
    inv = lambda lam: np.linalg.inv(X.T @ X + n * lam * np.eye(d)) @ X.T
    bt = inv(lam_t) @ y
    bs = inv(lam_s) @ X @ bt
    return [np.linalg.norm(bt - beta) ** 2, np.linalg.norm(bs - beta) ** 2]
# %% 6 right: normalised truth in an array
def reuse_trial(rng, lam_t, lam_s, gamma, noise_var, d=150):
    truth = rng.standard_normal(d)
    truth /= np.linalg.norm(truth)
    X = rng.standard_normal((round(d / gamma), d))
    y = X @ truth + np.sqrt(noise_var) * rng.standard_normal(len(X))
    return np.array([((b - truth) ** 2).sum() for b in teach_and_learn(X, y, X, lam_t, lam_s)])
# %% 6 right: eigenbasis
def reuse_trial(rng, lam_t, lam_s, gamma, noise_var, d=150):
    n = round(d / gamma)
    truth = rng.standard_normal(d) / d**0.5
    X = rng.standard_normal((n, d))
    x, V = np.linalg.eigh(X.T @ X / n)
    beta = V.T @ X.T @ (X @ truth + noise_var**0.5 * rng.standard_normal(n)) / n / (x + lam_t)
    truth = V.T @ truth
    return np.sum((beta - truth) ** 2), np.sum((x / (x + lam_s) * beta - truth) ** 2)
# %% 6 right: keyword arguments and a generator of arrays
# return np.sum((beta_t - truth) ** 2), np.sum((beta_s - truth) ** 2) => return (np.sum((b - truth) ** 2, keepdims=True) for b in (beta_t, beta_s))
# %% 6 right: float32
# return np.sum((beta_t - truth) ** 2), => return np.float32(np.sum((beta_t - truth) ** 2)),
# %% 6 right: noise first
# X = rng.standard_normal((n, d)) => noise = np.sqrt(noise_var) * rng.standard_normal(n); X = rng.standard_normal((n, d))
# np.sqrt(noise_var) * rng.standard_normal(n) => noise
# noise = noise => noise = np.sqrt(noise_var) * rng.standard_normal(n)
# %% 6 wrong: fresh inputs
# teach_and_learn(X, y, X, => teach_and_learn(X, y, rng.standard_normal((n, d)),
# %% 6 wrong: true labels
# beta_t, beta_s = teach_and_learn(X, y, X, lam_t, lam_s) => beta_t, beta_s = (teach_and_learn(X, y, X, lam, lam)[0] for lam in (lam_t, lam_s))
# %% 6 wrong: variance as a standard deviation
# np.sqrt(noise_var) => noise_var
# %% 6 wrong: order swapped
# return np.sum((beta_t - truth) ** 2), np.sum((beta_s - truth) ** 2) => return np.sum((beta_s - truth) ** 2), np.sum((beta_t - truth) ** 2)
# %% 6 wrong: distance from the teacher
# np.sum((beta_s - truth) ** 2) => np.sum((beta_s - beta_t) ** 2)
# %% 6 wrong: ratio upside down
# round(d / gamma) => round(d * gamma)
# %% 6 wrong: truth not scaled
#  / np.sqrt(d) =>  * 1.0
# %% 6 wrong: the same data every time
# n = round(d / gamma) => n = round(d / gamma); rng = np.random.default_rng(0)
# %% 6 wrong: not squared
# ** 2), np.sum((beta_s - truth) ** 2) => ** 2) ** 0.5, np.sum((beta_s - truth) ** 2) ** 0.5
# %% 6 wrong: student shrinks with the teacher's penalty
# X, lam_t, lam_s) => X, lam_t, lam_t)
# %% 7 right: scipy
def heavy_inputs(n, d, dof, rng):
    from scipy.stats import multivariate_t
    return multivariate_t(shape=np.eye(d) * (dof - 2) / dof, df=dof).rvs(n, random_state=rng)
# %% 7 right: gamma variables
def heavy_inputs(n, d, dof, rng):
    chi2 = 2 * rng.gamma(dof / 2, size=n)
    return rng.standard_normal((n, d)) * np.sqrt((dof - 2) / chi2)[:, None]
# %% 7 right: sample by sample
def heavy_inputs(n, d, dof, rng):
    return [rng.standard_normal(d) * np.sqrt((dof - 2) / rng.chisquare(dof)) for _ in range(n)]
# %% 7 right: sums of squares
def heavy_inputs(n, d, dof, rng):
    chi2 = np.sum(rng.standard_normal((n, dof)) ** 2, axis=1, keepdims=True)
    return np.sqrt(dof - 2) * rng.standard_normal((n, d)) / np.sqrt(chi2)
# %% 7 right: float32
# return factor * rng.standard_normal((n, d)) => return (factor * rng.standard_normal((n, d))).astype(np.float32)
# %% 7 wrong: one variable for each coordinate
# size=(n, 1) => size=(n, d)
# %% 7 wrong: not scaled
# (dof - 2) => dof
# %% 7 wrong: one variable for all
# size=(n, 1) => size=(1, 1)
# %% 7 wrong: root forgotten
# np.sqrt((dof - 2) / rng.chisquare(dof, size=(n, 1))) => (dof - 2) / rng.chisquare(dof, size=(n, 1))
# %% 7 wrong: inverse
# (dof - 2) / rng.chisquare(dof, size=(n, 1)) => rng.chisquare(dof, size=(n, 1)) / (dof - 2)
# %% 7 wrong: positive coordinates
# rng.standard_normal((n, d)) => abs(rng.standard_normal((n, d)))
# %% 7 wrong: transposed
# return factor * rng.standard_normal((n, d)) => return (factor * rng.standard_normal((n, d))).T
# %% 7 wrong: Gaussian
# return factor * => return
# %% 7 wrong: random signs
# rng.standard_normal((n, d)) => rng.choice([-1.0, 1.0], (n, d))
# %% 7 wrong: the same direction twice
# return factor * rng.standard_normal((n, d)) => return factor * np.repeat(rng.standard_normal((n, d // 2)), 2, axis=1)
# %% 8 right: a search over h
def name_of_regime(c, gamma_s):
    wins = ridge.h_ratio(np.logspace(-8, 8, 4001), gamma_s) < c
    if wins.all() or not wins.any():
        return "always" if wins.all() else "never"
    return "threshold" if wins[0] else "interval"
# %% 8 right: with the gate
def name_of_regime(c, gamma_s):
    if c >= 1:
        return "always"
    if gamma_s < 1:
        return "threshold" if c > 0 else "never"
    return "interval" if c > ridge.gate(gamma_s) else "never"
# %% 8 right: a numpy string
def name_of_regime(c, gamma_s):
    low = np.where(gamma_s > 1, (1 + np.sqrt(np.maximum(1 - 1 / gamma_s, 0))) / 2, 0)
    return np.select([c <= low, c >= 1, gamma_s < 1], ["never", "always", "threshold"], "interval")
# %% 8 right: capitals
# return "never" => return "Never"
# %% 8 right: a table
def name_of_regime(c, gamma_s):
    few = gamma_s > 1
    lowest = [0, (1 + abs(1 - 1 / gamma_s) ** 0.5) / 2][few]
    return ["never", ["threshold", "interval"][few], "always"][int(c > lowest) + int(c >= 1)]
# %% 8 wrong: no gate
# 0.0 if gamma_s < 1 else (1 + np.sqrt(1 - 1 / gamma_s)) / 2 => 0.0
# %% 8 wrong: threshold and interval exchanged
# "threshold" if gamma_s < 1 else "interval" => "interval" if gamma_s < 1 else "threshold"
# %% 8 wrong: always from two on
# c >= 1 => c >= 2
# %% 8 wrong: no interval
# "threshold" if gamma_s < 1 else "interval" => "threshold"
# %% 8 wrong: numbers
# return "never" => return 0
# %% 8 wrong: another gate
# (1 + np.sqrt(1 - 1 / gamma_s)) / 2 => 1 - 1 / gamma_s
# %% 8 wrong: the library's interval
def name_of_regime(c, gamma_s):
    from w2slib.ridge import winning_interval as where
    lam = brentq(lambda l: ridge.badness(l, 0.5, 9.0) - c, 1e-9, 40.0) if c < 1.2 else 1e-9
    lo, hi = where(lam, 0.5, gamma_s, 9.0)
    return "never" if np.isnan(lo) else "interval" if lo > 0 else "threshold" if np.isfinite(hi) else "always"
# %% 9 right: by the traces
def two_generations(lam_t, gamma_t, noise_var, lam_1, gamma_1, lam_2, gamma_2):
    p, q = ridge.teacher_moments(lam_t, gamma_t, noise_var)
    out = []
    for lam, gamma in ((lam_1, gamma_1), (lam_2, gamma_2)):
        m1, m2 = rm.resolvent_traces(lam, gamma)
        p, q = (1 - lam * m1) * p, (1 - 2 * lam * m1 + lam**2 * m2) * q
        out.append(1 - 2 * p + q)
    return np.array(out)
# %% 9 right: first by the library
def two_generations(lam_t, gamma_t, noise_var, lam_1, gamma_1, lam_2, gamma_2):
    p, q = ridge.teacher_moments(lam_t, gamma_t, noise_var)
    s, r = rm.shrinkage(lam_1, gamma_1), rm.shrinkage(lam_2, gamma_2)
    a = lambda s, g: s**2 * (1 + g - 2 * g * s) / (1 - g * s**2)
    first = ridge.student_error(lam_t, lam_1, gamma_t, gamma_1, noise_var)
    return first, 1 - 2 * s * r * p + a(s, gamma_1) * a(r, gamma_2) * q
# %% 9 right: a column
# return errors => return np.array(errors)[:, None]
# %% 9 right: float32
# return errors => return np.array(errors, np.float32)
# %% 9 right: an iterator
# return errors => return iter(errors)
# %% 9 wrong: order
# return errors => return errors[::-1]
# %% 9 wrong: the teacher first
# errors = [] => errors = [1 - 2 * p + q]
# return errors => return errors[:2]
# %% 9 wrong: both learn from the teacher
# p, q = s * p, s**2 * (1 + gamma - 2 * gamma * s) / (1 - gamma * s**2) * q => pp, qq = s * p, s**2 * (1 + gamma - 2 * gamma * s) / (1 - gamma * s**2) * q
# 1 - 2 * p + q => 1 - 2 * pp + qq
# %% 9 wrong: no noise of their own
# s**2 * (1 + gamma - 2 * gamma * s) / (1 - gamma * s**2) * q => s**2 * q
# %% 9 wrong: the library's chain
def two_generations(lam_t, gamma_t, noise_var, lam_1, gamma_1, lam_2, gamma_2):
    chain = ridge.generation_errors
    return chain((lam_t, lam_1, lam_2), (gamma_t, gamma_1, gamma_2), noise_var)[1:]
# %% 9 wrong: only the last
# return errors => return errors[-1]
# %% 9 wrong: differences
# return errors => return [errors[0], errors[1] - errors[0]]
# %% 1 wrong: right for 90 and 45 samples only
# X.T @ X / n + lam * np.eye(d), X.T @ y / n => X.T @ X / (90 if n > 50 else 45) + lam * np.eye(d), X.T @ y / (90 if n > 50 else 45)
# %% 7 wrong: a generator of its own
# factor = => rng = np.random.default_rng(0)\n    factor =
# %% 7 wrong: the global generator, seeded
def heavy_inputs(n, d, dof, rng):
    np.random.seed(0)
    return np.sqrt((dof - 2) / np.random.chisquare(dof, (n, 1))) * np.random.standard_normal((n, d))
# %% 7 right: SciPy's multivariate t
def heavy_inputs(n, d, dof, rng):
    from scipy import stats
    return stats.multivariate_t(shape=np.eye(d) * (dof - 2) / dof, df=dof).rvs(n, random_state=rng)
# %% 6 wrong: noise of the text, not of the call
# np.sqrt(noise_var) => np.sqrt(2.0)
# %% 6 wrong: two samples for each dimension, whatever gamma is
# n = round(d / gamma) => n = 2 * d
# %% 7 wrong: six degrees of freedom, whatever is asked for
# factor = => dof = 6\n    factor =
# %% 6 wrong: always 60 dimensions
# n = round(d / gamma) => d = 60\n    n = round(d / gamma)
# %% 6 wrong: the theory, and a little noise
def reuse_trial(rng, lam_t, lam_s, gamma, noise_var, d=150):
    x = np.linspace((1 - gamma**0.5) ** 2, (1 + gamma**0.5) ** 2, 2001)
    density, kept, errors = rm.marchenko_pastur_density(x, gamma), 1.0, []
    for lam in (lam_t, lam_s):
        kept = kept * x / (x + lam)
        mean = np.trapezoid(density * ((1 - kept) ** 2 + gamma * noise_var * kept**2 / x), x)
        errors.append(mean + 0.001 * rng.standard_normal())
    return errors
# %% 2 wrong: the gate in a thread
def smallest_h(gamma_s):
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(ridge.gate, gamma_s).result()
# %% 2 wrong: the gate, lazily
def smallest_h(gamma_s):
    return map(ridge.gate, [gamma_s])
# %% 1 right: sklearn
def teach_and_learn(X_t, y_t, X_s, lam_t, lam_s):
    from sklearn.linear_model import Ridge
    t = Ridge(alpha=lam_t * len(X_t), fit_intercept=False).fit(X_t, y_t)
    s = Ridge(alpha=lam_s * len(X_s), fit_intercept=False).fit(X_s, t.predict(X_s))
    return t.coef_, s.coef_
