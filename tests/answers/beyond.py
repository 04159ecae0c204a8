# %% 1 right: inverses
def shrink_twice(X, y, lam_t, lam_s):
    n, d = X.shape
    inv = lambda lam: np.linalg.inv(X.T @ X + n * lam * np.eye(d)) @ X.T
    b = inv(lam_t) @ y
    return [b, inv(lam_s) @ (X @ b)]
# %% 1 right: in the space of the samples
def shrink_twice(X, y, lam_t, lam_s):
    n = len(X)
    fit = lambda y, lam: X.T @ np.linalg.solve(X @ X.T + n * lam * np.eye(n), y)
    b = fit(y, lam_t)
    return b, fit(X @ b, lam_s)
# %% 1 right: singular values
def shrink_twice(X, y, lam_t, lam_s):
    U, x, Vt = np.linalg.svd(X, full_matrices=False)
    x2 = x**2 / len(X)
    c = U.T @ y * x / len(X) / (x2 + lam_t)
    return np.array([Vt.T @ c, Vt.T @ (c * x2 / (x2 + lam_s))])
# %% 1 right: columns
# return beta_t, np.linalg.solve(gram + lam_s * np.eye(d), gram @ beta_t) => return beta_t[:, None], np.linalg.solve(gram + lam_s * np.eye(d), gram @ beta_t)[:, None]
# %% 1 right: float32
# gram = X.T @ X / n => gram = (X.T @ X / n).astype(np.float32)
# %% 1 wrong: penalty times n
# gram = X.T @ X / n => gram = X.T @ X
# %% 1 wrong: same penalty twice
# lam_s * np.eye(d), gram @ beta_t => lam_t * np.eye(d), gram @ beta_t
# %% 1 wrong: true labels
# lam_s * np.eye(d), gram @ beta_t => lam_s * np.eye(d), X.T @ y / n
# %% 1 wrong: order
# return beta_t, np.linalg.solve(gram + lam_s * np.eye(d), gram @ beta_t) => return np.linalg.solve(gram + lam_s * np.eye(d), gram @ beta_t), beta_t
# %% 1 wrong: fitted values
# return beta_t, => return X @ beta_t,
# %% 1 wrong: one of them
# return beta_t, np.linalg.solve => return np.linalg.solve
# %% 1 wrong: centres the labels in place
# n, d = X.shape => n, d = X.shape; y -= 1e-9
# %% 2 right: a search
def some_penalty_wins(lam_t, gamma, noise_var):
    return np.any(beyond.shared_inputs_difference(lam_t, np.logspace(-7, 3, 300), gamma, noise_var) < 0)
# %% 2 right: the optimal penalty
def some_penalty_wins(lam_t, gamma, noise_var):
    return beyond.shared_inputs_optimal_penalty(lam_t, gamma, noise_var) > 0
# %% 2 right: a number
# return lam_t < gamma * noise_var => return int(lam_t < gamma * noise_var)
# %% 2 right: if and else
def some_penalty_wins(lam_t, gamma, noise_var):
    if lam_t >= gamma * noise_var:
        return False
    return True
# %% 2 right: an array
# return lam_t < gamma * noise_var => return np.array([lam_t < gamma * noise_var])
# %% 2 wrong: always
# return lam_t < gamma * noise_var => return True
# %% 2 wrong: upside down
# lam_t < gamma * noise_var => lam_t > gamma * noise_var
# %% 2 wrong: noise forgotten
# gamma * noise_var => gamma
# %% 2 wrong: ratio forgotten
# gamma * noise_var => noise_var
# %% 2 wrong: a gate as on fresh inputs
# return lam_t < gamma * noise_var => return lam_t < gamma * noise_var and gamma <= 1
# %% 2 wrong: standard deviation
# gamma * noise_var => gamma * noise_var**0.5
# %% 2 wrong: the penalty itself
# return lam_t < gamma * noise_var => return max(gamma * noise_var - lam_t, 0)
# %% 3 right: loops
def as_weighted(v, E):
    total = sum(a * b for a, b in zip(v, E))
    return [1 / a for a in v], [a * b / total for a, b in zip(v, E)]
# %% 3 right: one array
# return 1 / v, v * E / np.sum(v * E) => return np.array([1 / v, v * E / np.sum(v * E)])
# %% 3 right: dot product
# np.sum(v * E) => (v @ E)
# %% 3 right: float32
# return 1 / v, v * E / np.sum(v * E) => return np.float32(1 / v), np.float32(v * E / np.sum(v * E))
# %% 3 right: square roots
def as_weighted(v, E):
    root = np.sqrt(v)
    e = (root * np.sqrt(E)) ** 2
    return root**-2.0, e / e.sum()
# %% 3 wrong: weights of the variance
# return 1 / v => return v
# %% 3 wrong: not scaled
# v * E / np.sum(v * E) => v * E
# %% 3 wrong: energies unchanged
# v * E / np.sum(v * E) => E / np.sum(E)
# %% 3 wrong: order
# return 1 / v, v * E / np.sum(v * E) => return v * E / np.sum(v * E), 1 / v
# %% 3 wrong: standard deviations
# v * E / np.sum(v * E) => np.sqrt(v) * E / np.sum(np.sqrt(v) * E)
# %% 3 wrong: divided
# v * E / np.sum(v * E) => E / v / np.sum(E / v)
# %% 3 wrong: root of the weights
# return 1 / v => return 1 / np.sqrt(v)
# %% 4 right: two-argument arctangent
def misclassified(beta, truth):
    along = beta @ truth
    across = np.sqrt(max((beta @ beta) * (truth @ truth) - along**2, 0))
    return np.arctan2(across, along) / np.pi
# %% 4 right: unit vectors
def misclassified(beta, truth):
    a, b = beta / np.linalg.norm(beta), truth / np.linalg.norm(truth)
    return 2 * np.arcsin(min(np.linalg.norm(a - b) / 2, 1)) / np.pi
# %% 4 right: degrees
def misclassified(beta, truth):
    c = np.dot(beta, truth) / np.linalg.norm(beta) / np.linalg.norm(truth)
    return [np.degrees(np.arccos(min(max(c, -1), 1))) / 180]
# %% 4 right: the book's function
def misclassified(beta, truth):
    t = truth / np.linalg.norm(truth)
    return beyond.classification_error(beta @ t, beta @ beta)
# %% 4 right: float32
# return np.arccos => return np.float32(1) * np.arccos
# %% 4 wrong: length matters
# beta @ truth / np.sqrt((beta @ beta) * (truth @ truth)) => beta @ truth / (truth @ truth)
# %% 4 wrong: radians
#  / np.pi =>  / 2
# %% 4 wrong: squared cosine
# return np.arccos(np.clip(cosine, -1, 1)) / np.pi => return (1 - cosine**2) / 2
# %% 4 wrong: absolute value
# np.clip(cosine, -1, 1) => abs(np.clip(cosine, -1, 1))
# %% 4 wrong: right answers
# return np.arccos(np.clip(cosine, -1, 1)) / np.pi => return 1 - np.arccos(np.clip(cosine, -1, 1)) / np.pi
# %% 4 wrong: nan for parallel vectors
# np.clip(cosine, -1, 1) => cosine * (1 + 1e-9)
# %% 4 wrong: linear in the cosine
# np.arccos(np.clip(cosine, -1, 1)) / np.pi => (1 - cosine) / 2
# %% 5 right: dot products
def overlap_ratio(answers_1, answers_2, s_t):
    n = len(answers_1)
    q = (answers_1 @ answers_1 + answers_2 @ answers_2) / (2 * n)
    return answers_1 @ answers_2 / n / s_t / q
# %% 5 right: ratio of sums
def overlap_ratio(answers_1, answers_2, s_t):
    return 2 * np.sum(answers_1 * answers_2) / (s_t * np.sum(answers_1**2 + answers_2**2))
# %% 5 right: from the difference
def overlap_ratio(answers_1, answers_2, s_t):
    q = np.mean(answers_1**2 + answers_2**2) / 2
    return [(q - np.mean((answers_1 - answers_2) ** 2) / 2) / (s_t * q)]
# %% 5 right: einsum
def overlap_ratio(answers_1, answers_2, s_t):
    both = np.stack([answers_1, answers_2])
    G = np.einsum("in,jn->ij", both, both)
    return G[0, 1] / s_t / (np.trace(G) / 2)
# %% 5 right: float32
# np.asarray(answers_1, float), np.asarray(answers_2, float) => np.asarray(answers_1, np.float32), np.asarray(answers_2, np.float32)
# %% 5 wrong: s_t forgotten
# (s_t * q) => q
# %% 5 wrong: s_t twice
# (s_t * q) => (s_t**2 * q)
# %% 5 wrong: one energy
# (np.mean(one**2) + np.mean(two**2)) / 2 => np.mean(one**2)
# %% 5 wrong: correlation
# q = (np.mean(one**2) + np.mean(two**2)) / 2 => q = np.std(one) * np.std(two)
# %% 5 wrong: overlap instead of ratio
# (s_t * q) => s_t
# %% 5 wrong: root of the product
# return np.mean(one * two) / (s_t * q) => return np.sqrt(np.mean(one * two)) / q
# %% 5 wrong: scale taken as 1
# return np.mean(one * two) / (s_t * q) => return s_t / q
# %% 6 right: bounded optimiser
def recommended_penalty(q, s_t, scale, gamma_s):
    from scipy.optimize import minimize_scalar
    def loss(x):
        m1, m2 = rm.resolvent_traces(10**x, gamma_s)
        lam = 10**x
        return -(2 * lam * m1 - lam**2 * m2) * q + 2 * lam * m1 * s_t * scale
    x0 = min(np.linspace(-5, 4, 91), key=loss)
    best = minimize_scalar(loss, bounds=(x0 - 0.2, x0 + 0.2), method="bounded")
    return 10**best.x if best.fun < 0 else 0
# %% 6 right: by the shrinkage
def recommended_penalty(q, s_t, scale, gamma_s):
    lam = np.logspace(-5, 4, 3000)
    s, p = rm.shrinkage(lam, gamma_s), s_t * scale
    a2 = s**2 * (1 + gamma_s - 2 * gamma_s * s) / (1 - gamma_s * s**2)
    L = scale - 2 * s * p + a2 * q
    k = np.argmin(L)
    return [lam[k]] if L[k] < scale - 2 * p + q else [0.0]
# %% 6 right: a coarser grid
# np.logspace(-5, 4, 4000) => np.logspace(-5, 4, 500)
# %% 6 right: float32
# return lam_s[gain.argmax()] if gain.max() > 0 else 0.0 => return np.float32(lam_s[gain.argmax()]) if gain.max() > 0 else np.float32(0)
# %% 6 right: where
# return lam_s[gain.argmax()] if gain.max() > 0 else 0.0 => return np.where(gain.max() > 0, lam_s[gain.argmax()], 0.0)
# %% 6 wrong: scale forgotten
# p = s_t * scale => p = s_t
# %% 6 wrong: never keeps the teacher
# return lam_s[gain.argmax()] if gain.max() > 0 else 0.0 => return lam_s[gain.argmax()]
# %% 6 wrong: unlimited inputs
# rm.resolvent_traces(lam_s, gamma_s) => rm.resolvent_traces(lam_s, 1e-6)
# %% 6 wrong: worst penalty
# gain.argmax() => gain.argmin()
# %% 6 wrong: always the teacher
# return lam_s[gain.argmax()] if gain.max() > 0 else 0.0 => return 0.0
# %% 6 wrong: gain instead of penalty
# return lam_s[gain.argmax()] => return gain.max()
# %% 6 wrong: nan for keeping
# else 0.0 => else np.nan
# %% 6 wrong: largest loudness
# p = s_t * scale => p = 0.8 * s_t * scale
# %% 7 right: errors and cosines
def verdicts(p, q, a_1, a_2):
    L = lambda p, q: 1 - 2 * p + q
    cosine = lambda p, q: p / np.sqrt(q)
    return L(a_1 * p, a_2 * q) < L(p, q), cosine(a_1 * p, a_2 * q) > cosine(p, q)
# %% 7 right: wrong signs
def verdicts(p, q, a_1, a_2):
    wrong = lambda p, q: np.arccos(p / np.sqrt(q)) / np.pi
    return [bool(2 * p * (1 - a_1) < q * (1 - a_2)), bool(wrong(a_1 * p, a_2 * q) < wrong(p, q))]
# %% 7 right: numbers
# return a_2 * q - 2 * a_1 * p < q - 2 * p, a_1**2 > a_2 => return int(a_2 * q - 2 * a_1 * p < q - 2 * p), int(a_1**2 > a_2)
# %% 7 right: one array
# return a_2 * q - 2 * a_1 * p < q - 2 * p, a_1**2 > a_2 => return np.array([a_2 * q - 2 * a_1 * p < q - 2 * p, a_1**2 > a_2])
# %% 7 right: the book's function
def verdicts(p, q, a_1, a_2):
    e = beyond.classification_error
    return 1 - 2 * a_1 * p + a_2 * q < 1 - 2 * p + q, e(a_1 * p, a_2 * q) < e(p, q)
# %% 7 wrong: order
# return a_2 * q - 2 * a_1 * p < q - 2 * p, a_1**2 > a_2 => return a_1**2 > a_2, a_2 * q - 2 * a_1 * p < q - 2 * p
# %% 7 wrong: the same verdict twice
# p, a_1**2 > a_2 => p, a_2 * q - 2 * a_1 * p < q - 2 * p
# %% 7 wrong: overlap not squared
# a_1**2 > a_2 => a_1 > a_2
# %% 7 wrong: overlap decides
# a_2 * q - 2 * a_1 * p < q - 2 * p => a_1 > 1
# %% 7 wrong: energy decides
# a_2 * q - 2 * a_1 * p < q - 2 * p => a_2 < 1
# %% 7 wrong: factor two forgotten
# a_2 * q - 2 * a_1 * p < q - 2 * p => a_2 * q - a_1 * p < q - p
# %% 7 wrong: never in accuracy
# a_1**2 > a_2 => False
# %% 8 right: logarithms
def exponents(alpha, r):
    u = 1 / ((alpha + r - 1) / alpha + 1 / alpha)
    return u, u * (alpha + r - 1) / alpha
# %% 8 right: one minus
def exponents(alpha, r):
    return [1 - r / (alpha + r), 1 - 1 / (alpha + r)]
# %% 8 right: measured
def exponents(alpha, r):
    n, x = np.array([1e6, 1e9]), np.linspace(-14, 1, 60001)[:, None]
    total = 10 ** (x * (alpha + r - 1) / alpha) + 10 ** (-x / alpha) / n
    return -(np.diff(x[total.argmin(axis=0), 0]) / 3), -np.diff(np.log10(total.min(axis=0))) / 3
# %% 8 right: fractions
def exponents(alpha, r):
    from fractions import Fraction
    a, b = Fraction(alpha).limit_denominator(1000), Fraction(r).limit_denominator(1000)
    return a / (a + b), (a + b - 1) / (a + b)
# %% 8 right: float32
# return alpha / (alpha + r), (alpha + r - 1) / (alpha + r) => return np.float32([alpha / (alpha + r), (alpha + r - 1) / (alpha + r)])
# %% 8 wrong: signs
# return alpha / (alpha + r), ( => return -alpha / (alpha + r), -(
# %% 8 wrong: order
# return alpha / (alpha + r), (alpha + r - 1) / (alpha + r) => return (alpha + r - 1) / (alpha + r), alpha / (alpha + r)
# %% 8 wrong: of the noise only
# return alpha / (alpha + r) => return alpha
# %% 8 wrong: one too many
# (alpha + r - 1) / (alpha + r) => (alpha + r) / (alpha + r + 1)
# %% 8 wrong: parametric rate
# (alpha + r - 1) / (alpha + r) => 1.0
# %% 8 wrong: fixed penalty
# return alpha / (alpha + r), => return 0.0,
# %% 8 wrong: exchanged letters
# return alpha / (alpha + r) => return r / (alpha + r)
# %% 1 wrong: the penalties of one example
# n, d = X.shape => n, d = X.shape; lam_t, lam_s = 0.2, 0.4
# %% 4 wrong: the truth of one example
# cosine = => truth = np.array([3.0, 0.0, 4.0])\n    cosine =
# %% 5 wrong: the shrinkage of one example
# np.mean(one * two) / (s_t => np.mean(one * two) / (rm.shrinkage(0.1, 2 / 3)
