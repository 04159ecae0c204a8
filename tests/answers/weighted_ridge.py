# %% 1 right: counting samples
def without_free_block(lam, gamma, free):
    d = 1.0
    n = d / gamma
    samples, coordinates = n - free * d, (1 - free) * d
    return lam * n / samples, coordinates / samples
# %% 1 right: an array
# return lam / left, gamma * (1 - free) / left => return np.array([lam, gamma * (1 - free)]) / left
# %% 1 right: a list of arrays of one
# return lam / left, gamma * (1 - free) / left => return [np.array([lam / left]), np.array([gamma * (1 - free) / left])]
# %% 1 right: float32
# return lam / left, gamma * (1 - free) / left => return np.float32([lam / left, gamma * (1 - free) / left])
# %% 1 right: the ratio by a fraction
# gamma * (1 - free) / left => (1 - free) / (1 / gamma - free)
# %% 1 wrong: penalty unchanged
# return lam / left => return lam
# %% 1 wrong: penalty multiplied
# return lam / left => return lam * left
# %% 1 wrong: samples not used up
# left = 1 - gamma * free => left = 1
# %% 1 wrong: coordinates not removed
# gamma * (1 - free) / left => gamma / left
# %% 1 wrong: order
# return lam / left, gamma * (1 - free) / left => return gamma * (1 - free) / left, lam / left
# %% 1 wrong: free fraction of the samples
# 1 - gamma * free => 1 - free
# %% 1 wrong: one number
# return lam / left, gamma * (1 - free) / left => return lam / left
# %% 2 right: relief put in
def free_and_forbidden(p, q, M1, M2, lam_s, zeta):
    out = []
    for k in (1.0, -1e12):
        G = (1 - k) / (1 - k * lam_s * M1)
        C = q - p + zeta**2 * p * (1 - p) * (1 - G)
        U = q - zeta**2 * p**2 * (1 - G**2)
        out.append(-2 * lam_s * M1 * C + lam_s**2 * M2 * U)
    return out
# %% 2 right: written out
def free_and_forbidden(p, q, M1, M2, lam_s, zeta):
    a, b, z = lam_s * M1, lam_s**2 * M2, zeta**2
    free = -2 * a * (q - p + z * p * (1 - p)) + b * (q - z * p**2)
    plain = -2 * a * (q - p) + b * q
    more = 2 * z * p * (1 - p) * (1 - a) + z * p**2 * b * (1 / a**2 - 1)
    return np.array([free, plain + more])
# %% 2 right: an array
# return difference(0.0), difference(1 / lost) => return np.array([[difference(0.0)], [difference(1 / lost)]])
# %% 2 right: float32
# return difference(0.0), difference(1 / lost) => return np.float32(difference(0.0)), np.float32(difference(1 / lost))
# %% 2 right: an iterator
# return difference(0.0), difference(1 / lost) => return map(difference, (0.0, 1 / lost))
# %% 2 wrong: forbidden as plain
# difference(1 / lost) => difference(1.0)
# %% 2 wrong: order
# return difference(0.0), difference(1 / lost) => return difference(1 / lost), difference(0.0)
# %% 2 wrong: the trace instead of the loss
# difference(1 / lost) => difference(1 / M1)
# %% 2 wrong: alignment not squared
# zeta**2 * p * (1 - p) => zeta * p * (1 - p)
# %% 2 wrong: cost without the free direction
# cost = q - zeta**2 * p**2 * (1 - G**2) => cost = q
# %% 2 wrong: gain of the student's error
# gain = q - p + => gain = q +
# %% 2 wrong: penalty not squared
# lam_s**2 * M2 => lam_s * M2
# %% 3 right: search over the alignment
def enough_alignment(p, q, gamma_s):
    h = 0.0 if gamma_s <= 1 else ridge.gate(gamma_s)
    need = lambda z: q * h - 2 * (q - p) - z**2 * p * (2 * (1 - p) + h * p)
    lo, hi = 0.0, 1.0
    if need(0.0) <= 0:
        return 0.0
    for _ in range(50):
        mid = (lo + hi) / 2
        lo, hi = (mid, hi) if need(mid) > 0 else (lo, mid)
    return hi
# %% 3 right: with badness
def enough_alignment(p, q, gamma_s):
    h, c = (0 if gamma_s <= 1 else ridge.gate(gamma_s)), 2 * (1 - p / q)
    square = q * (h - c) / (p * (2 * (1 - p) + h * p))
    return [np.sqrt(np.clip(square, 0, None))]
# %% 3 right: an array
# return np.sqrt => return np.ones(1) * np.sqrt
# %% 3 right: a search over the penalty
def enough_alignment(p, q, gamma_s):
    lam = np.logspace(-8, 4, 6001)
    m1, m2 = rm.resolvent_traces(lam, gamma_s)
    h = lam * m2 / m1
    square = (q * h - 2 * (q - p)) / (p * (2 * (1 - p) + h * p))
    return np.sqrt(max(square.min(), 0))
# %% 3 right: float32
# return np.sqrt => return np.float32(1) * np.sqrt
# %% 3 wrong: the chapter's answer for optimal teachers
# surplus = q * h - 2 * (q - p) => surplus = q * h
# %% 3 wrong: squared
# return np.sqrt(max(surplus, 0.0) / (p * (2 * (1 - p) + h * p))) => return max(surplus, 0.0) / (p * (2 * (1 - p) + h * p))
# %% 3 wrong: no gate
# h = 0.0 if gamma_s <= 1 else (1 + np.sqrt(1 - 1 / gamma_s)) / 2 => h = 0.0
# %% 3 wrong: small penalty for everybody
# (1 + np.sqrt(1 - 1 / gamma_s)) / 2 => 1.0
# %% 3 wrong: not clipped
# max(surplus, 0.0) => surplus
# %% 3 wrong: half of the surplus
# 2 * (q - p) => (q - p)
# %% 3 wrong: no relief left
# 2 * (1 - p) + h * p => 2 * (1 - p)
# %% 4 right: bounded optimiser
def best_prices(fractions, energies, s):
    from scipy.optimize import minimize_scalar
    out = []
    for f, e in zip(fractions, energies):
        q, p = s**2 * e + f * s * (1 - s), s * e
        loss = lambda c: e - 2 * p / (1 + c) + q / (1 + c) ** 2
        out.append(minimize_scalar(loss, bounds=(0, 50), method="bounded").x)
    return out
# %% 4 right: L-BFGS-B
def best_prices(fractions, energies, s):
    from scipy.optimize import minimize
    f, e = np.asarray(fractions), np.asarray(energies)
    p, q = s * e, s**2 * e + f * s * (1 - s)
    loss = lambda c: np.sum(e - 2 * p / (1 + c) + q / (1 + c) ** 2)
    return minimize(loss, np.ones(len(f)), bounds=[(0, None)] * len(f)).x
# %% 4 right: block by block
def best_prices(fractions, energies, s):
    prices = []
    for f, e in zip(fractions, energies):
        a = e / (s * e + (1 - s) * f)
        prices.append(1 / a - 1 if a < 1 else 0)
    return prices
# %% 4 right: through the factor
def best_prices(fractions, energies, s):
    f, e = np.array(fractions), np.array(energies)
    return 1 / np.minimum(e / (s * e + (1 - s) * f), 1) - 1
# %% 4 right: a column of float32
# return (1 - s) * np.maximum(1 / density - 1, 0.0) => return ((1 - s) * np.maximum(1 / density - 1, 0.0))[:, None].astype(np.float32)
# %% 4 wrong: negative prices
# np.maximum(1 / density - 1, 0.0) => (1 / density - 1)
# %% 4 wrong: the Bayes weights
# (1 - s) * np.maximum(1 / density - 1, 0.0) => 1 / density
# %% 4 wrong: Bayes minus one
# return (1 - s) * => return
# %% 4 wrong: factor instead of price
# return (1 - s) * np.maximum(1 / density - 1, 0.0) => return np.minimum(1 / (s + (1 - s) / density), 1)
# %% 4 wrong: share s
# (1 - s) => s
# %% 4 wrong: all free
# return (1 - s) * => return 0 * (1 - s) *
# %% 4 wrong: in place
def best_prices(fractions, energies, s):
    fractions /= energies
    fractions -= 1
    return (1 - s) * np.maximum(fractions, 0)
# %% 5 right: block by block
def surpluses(weights, lam_t, gamma_t, noise_var, fractions, energies):
    kappa = rm.effective_penalty(lam_t, gamma_t, np.array(weights), np.array(fractions))
    s = [1 / (1 + kappa * g) for g in weights]
    top = noise_var + sum((1 - a) ** 2 * e for a, e in zip(s, energies))
    omega2 = top / (1 - gamma_t * sum(f * a * a for f, a in zip(fractions, s)))
    return [a * a * e + gamma_t * f * a * a * omega2 - a * e for a, e, f in zip(s, energies, fractions)]
# %% 5 right: signal and noise apart
def surpluses(weights, lam_t, gamma_t, noise_var, fractions, energies):
    weights = np.array(weights, float)
    s = 1 / (1 + weights * rm.effective_penalty(lam_t, gamma_t, weights, np.array(fractions)))
    w2 = (noise_var + np.sum((1 - s) ** 2 * energies)) / (1 - gamma_t * np.sum(fractions * s**2))
    return gamma_t * fractions * s**2 * w2 - s * (1 - s) * energies
# %% 5 right: slopes of a student's error
def surpluses(weights, lam_t, gamma_t, noise_var, fractions, energies):
    out = []
    for b in range(len(fractions)):
        only = 1.0 * (np.arange(len(fractions)) == b)
        kappa = rm.effective_penalty(1e-6, 0.5, only, np.asarray(fractions))
        block = Blocks(fractions, only, energies)
        pair = lam_t, 1e-6, gamma_t, 0.5, noise_var
        out.append(-wr.error_difference(*pair, block, weights) / kappa / 2)
    return out
# %% 5 right: a row
# return s**2 * energies + variance - s * energies => return (s**2 * energies + variance - s * energies)[None]
# %% 5 right: float32
# return s**2 * energies + variance - s * energies => return np.float32(s**2 * energies + variance - s * energies)
# %% 5 wrong: changes the weights
def surpluses(weights, lam_t, gamma_t, noise_var, fractions, energies):
    s = 1 / (1 + weights * rm.effective_penalty(lam_t, gamma_t, weights, fractions))
    weights *= 0
    w2 = (noise_var + np.sum((1 - s) ** 2 * energies)) / (1 - gamma_t * np.sum(fractions * s**2))
    return gamma_t * fractions * s**2 * w2 - s * (1 - s) * energies
# %% 5 wrong: changes the energies
# weights, fractions, energies = map(np.asarray, (weights, fractions, energies)) => energies *= 1.0 + 1e-9
# %% 5 wrong: sign
# return s**2 * energies + variance - s * energies => return s * energies - s**2 * energies - variance
# %% 5 wrong: no noise
# s**2 * energies + variance - => s**2 * energies -
# %% 5 wrong: fraction forgotten
# variance = gamma_t * fractions * => variance = gamma_t *
# %% 5 wrong: plain penalty
# lam_t, gamma_t, weights, fractions) * weights => lam_t, gamma_t, np.ones(len(weights)), fractions) * weights
# %% 5 wrong: energies instead of surpluses
#  - s * energies => - 0 * energies
# %% 5 wrong: their sum
# return s**2 * energies + variance - s * energies => return np.sum(s**2 * energies + variance - s * energies)
# %% 6 right: loops
def undisguise(variances, weights, energies):
    return [g / v for g, v in zip(weights, variances)], [e * v for e, v in zip(energies, variances)]
# %% 6 right: square roots
def undisguise(variances, weights, energies):
    root = np.sqrt(variances)
    return weights / root**2, (np.sqrt(energies) * root) ** 2
# %% 6 right: one array
# return weights / variances, variances * energies => return np.array([weights / variances, variances * energies])
# %% 6 right: float32
# return weights / variances, variances * energies => return np.float32(weights / variances), np.float32(variances * energies)
# %% 6 right: columns
# return weights / variances, variances * energies => return (weights / variances)[:, None], (variances * energies)[:, None]
# %% 6 wrong: order
# return weights / variances, variances * energies => return variances * energies, weights / variances
# %% 6 wrong: weights multiplied
# weights / variances => weights * variances
# %% 6 wrong: energies unchanged
# variances * energies => energies
# %% 6 wrong: standard deviations
# weights / variances, variances * energies => weights / np.sqrt(variances), np.sqrt(variances) * energies
# %% 6 wrong: energies spread evenly
# variances * energies => np.full(len(energies), np.mean(variances * energies))
# %% 6 wrong: in place
# return weights / variances, variances * energies => weights /= variances; return weights, variances * energies
# %% 6 wrong: energies divided
# variances * energies => energies / variances
# %% 7 right: target by hand
def aligned_trial(rng, zeta, relief, lam_s, gamma_t, gamma_s, noise_var, d):
    target = rng.standard_normal(d) * np.sqrt((1 - zeta**2) / (d - 1))
    target[0] = zeta * rng.choice([-1, 1])
    X, Z = rng.standard_normal((round(d / gamma_t), d)), rng.standard_normal((round(d / gamma_s), d))
    y = X @ target + noise_var**0.5 * rng.standard_normal(len(X))
    b = np.linalg.solve(X.T @ X + len(X) * noise_var * gamma_t * np.eye(d), X.T @ y)
    D = np.eye(d)
    D[0, 0] = 1 - relief
    a = np.linalg.solve(Z.T @ Z + len(Z) * lam_s * D, Z.T @ Z @ b)
    return (a - target) @ (a - target) - (b - target) @ (b - target)
# %% 7 right: weights by a comparison
# weights[0] = 1 - relief => weights = 1 - relief * (np.arange(d) == 0)
# %% 7 right: an array
# return np.sum( => return np.ones(1) * np.sum(
# %% 7 right: inputs drawn after the teacher
# X, Z = (rng.standard_normal((round(d / gamma), d)) for gamma in (gamma_t, gamma_s)) => X = rng.standard_normal((round(d / gamma_t), d))
# weights = np.ones(d) => weights, Z = np.ones(d), rng.standard_normal((round(d / gamma_s), d))
# %% 7 right: float32
# return np.sum( => return np.float32(1) * np.sum(
# %% 7 wrong: plain student
# 1 - relief => 1.0
# %% 7 wrong: relief as a weight
# 1 - relief => abs(relief)
# %% 7 wrong: relief along another axis
# weights[0] => weights[1]
# %% 7 wrong: variance as a standard deviation
# np.sqrt(noise_var) => noise_var
# %% 7 wrong: true labels for the student
# Z @ teacher => Z @ target
# %% 7 wrong: the teacher's inputs
# fit(Z, Z @ teacher => fit(X, X @ teacher
# %% 7 wrong: the student's error alone
#  - np.sum((teacher - target) ** 2) =>  - 0 * np.sum((teacher - target) ** 2)
# %% 7 wrong: sign
# return np.sum( => return -np.sum(
# %% 7 wrong: an aligned teacher
# noise_var * gamma_t, np.ones(d)) => noise_var * gamma_t, 1 - relief * (np.arange(d) == 0))
# %% 7 wrong: teacher with little penalty
# noise_var * gamma_t, np.ones => 0.1 * noise_var * gamma_t, np.ones
# %% 6 wrong: right for these variances only
def undisguise(variances, weights, energies):
    v = np.where(variances > 1, 4.0, 0.5)
    return weights / v, v * energies
# %% 5 wrong: the noise of one example
# noise_var + missed => 0.5 + missed
# %% 5 wrong: the penalty of one example
# rm.effective_penalty(lam_t, => rm.effective_penalty(0.4,
# %% 7 wrong: the ratios of one example
# for gamma in (gamma_t, gamma_s) => for gamma in (0.8, 0.4)
# %% 7 wrong: noise of the inverse variance
# np.sqrt(noise_var) * => noise_var**-0.5 *
# %% 7 wrong: the student's inputs as many as the teacher's
# for gamma in (gamma_t, gamma_s) => for gamma in (gamma_t, gamma_t)
# %% 7 wrong: always 60 dimensions
# target = => d = 60\n    target =
# %% 7 wrong: the theory, and a little noise
def aligned_trial(rng, zeta, relief, lam_s, gamma_t, gamma_s, noise_var, d):
    case = noise_var * gamma_t, lam_s, gamma_t, gamma_s, noise_var
    return wr.error_difference(*case, Blocks.spike(zeta, relief)) + rng.standard_normal() / d
# %% 4 right: zeros and arrays
def best_prices(fractions, energies, s):
    return [0 if e >= f else np.array([(1 - s) * (f / e - 1)]) for f, e in zip(fractions, energies)]
