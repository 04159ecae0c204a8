# %% 1 right: counting by bisection
def samples_for_error(target, theta, dim, degree, alignment):
    def error(n):
        g = dim / n
        sq = (1 - g / theta**2) / (1 + g / theta) if theta**2 > g else 0
        return 2 - 2 * (alignment * sq**0.5) ** degree
    lo, hi = 1, 10**9
    if error(hi) > target:
        return float("inf")
    while hi - lo > 1:
        mid = (lo + hi) // 2
        lo, hi = (lo, mid) if error(mid) <= target else (mid, hi)
    return hi
# %% 1 right: an array
# return int(np.ceil(dim * per_dimension)) => return np.array([np.ceil(dim * per_dimension)])
# %% 1 right: square solved
def samples_for_error(target, theta, dim, degree, alignment):
    import math
    m2 = ((2 - target) / 2) ** (2 / degree) / alignment**2
    return math.inf if m2 >= 1 else math.ceil(dim * (1 + theta * m2) / (theta**2 * (1 - m2)))
# %% 1 right: with the book's overlap
def samples_for_error(target, theta, dim, degree, alignment):
    need = (1 - target / 2) ** (1 / degree)
    if need >= alignment:
        return np.inf
    n = int(dim / theta**2)
    while n < 2 or ws.initial_overlap(theta, dim / n, alignment) < need:
        n += 1
    return n
# %% 1 right: a float
# return int(np.ceil(dim * per_dimension)) => return float(np.ceil(dim * per_dimension))
# %% 1 wrong: error of the overlap
# (1 - target / 2) ** (1 / degree) => (1 - target / 2)
# %% 1 wrong: alignment forgotten
#  / alignment  # with the spike =>   # with the spike
# %% 1 wrong: always a number
# return np.inf => overlap = 0.999
# %% 1 wrong: not rounded
# int(np.ceil(dim * per_dimension)) => dim * per_dimension
# %% 1 wrong: rounded down
# np.ceil => np.floor
# %% 1 wrong: the threshold
# int(np.ceil(dim * per_dimension)) => int(np.ceil(dim / theta**2))
# %% 1 wrong: never enough
# return int(np.ceil(dim * per_dimension)) => return np.inf
# %% 1 wrong: nan for impossible
# return np.inf => return np.nan
# %% 2 right: a search and a refinement
def closest_on_arc(w0, w_t, truth):
    angle = np.arccos(w0 @ w_t)
    s = np.linspace(0, 1, 20001)[:, None]
    points = (np.sin((1 - s) * angle) * w0 + np.sin(s * angle) * w_t) / np.sin(angle)
    return points[np.argmax(points @ truth)]
# %% 2 right: a bounded optimiser
def closest_on_arc(w0, w_t, truth):
    from scipy.optimize import minimize_scalar
    a = np.arccos(w0 @ w_t)
    point = lambda s: (np.sin((1 - s) * a) * w0 + np.sin(s * a) * w_t) / np.sin(a)
    s = minimize_scalar(lambda s: -(point(s) @ truth), bounds=(0, 1), method="bounded", options=dict(xatol=1e-8)).x
    return max([point(s), w0, w_t], key=lambda p: p @ truth)
# %% 2 right: projection by least squares
def closest_on_arc(w0, w_t, truth):
    A = np.column_stack([w0, w_t])
    x = np.linalg.lstsq(A, truth, rcond=None)[0]
    if (x > 0).all():
        p = A @ x
        return (p / np.linalg.norm(p)).tolist()
    return w0 if w0 @ truth > w_t @ truth else w_t
# %% 2 right: Gram-Schmidt from the start
def closest_on_arc(w0, w_t, truth):
    u = w_t - (w0 @ w_t) * w0
    u = u / np.linalg.norm(u)
    phi, end = np.arctan2(truth @ u, truth @ w0), np.arccos(w0 @ w_t)
    if not 0 < phi < end:
        phi = 0 if truth @ w0 > truth @ w_t else end
    return np.cos(phi) * w0 + np.sin(phi) * u
# %% 2 right: float32 column
def closest_on_arc(w0, w_t, truth):
    A = np.column_stack([w0, w_t])
    x = np.linalg.lstsq(A, truth, rcond=None)[0]
    p = A @ x if (x > 0).all() else max(w0, w_t, key=lambda v: v @ truth)
    return (p / np.linalg.norm(p)).astype(np.float32)[:, None]
# %% 2 wrong: never at an end
# if 0 <= angle <= np.arccos(c): => if True:
# %% 2 wrong: always the supervisor
# return max(w0, w_t, key=lambda end: end @ truth) => return w_t
# %% 2 wrong: not normalised
# return np.cos(angle) * w_t + np.sin(angle) * side => return (truth @ w_t) * w_t + (truth @ side) * side
# %% 2 wrong: half-way
def closest_on_arc(w0, w_t, truth):
    return (w0 + w_t) / np.linalg.norm(w0 + w_t)
# %% 2 wrong: the truth itself
def closest_on_arc(w0, w_t, truth):
    return truth
# %% 2 wrong: the overlap
def closest_on_arc(w0, w_t, truth):
    return np.linalg.norm([truth @ w0, truth @ w_t])
# %% 2 wrong: the worse end
# return max(w0, w_t, => return min(w0, w_t,
# %% 2 wrong: changes the truth
# c = w0 @ w_t => c = w0 @ w_t; truth -= 1e-9
# %% 3 right: an integral
def time_to_peak(m0, rho, coefficients):
    from scipy.integrate import quad
    c = m0 * rho
    best = np.sqrt(rho**2 + (m0 - c * rho) ** 2 / (1 - c**2))
    k = np.arange(1, len(coefficients) + 1)
    v = lambda a: 2 * np.sum(k * np.asarray(coefficients) ** 2 * a ** (k - 1)) * (1 - a * a)
    return quad(lambda a: 1 / v(a), c, rho / best)[:1]
# %% 3 right: the integral alone
def time_to_peak(m0, rho, coefficients):
    a = np.linspace(m0 * rho, rho / ws.best_overlap(m0, rho), 4001)
    v = sum(2 * (j + 1) * c**2 * a**j for j, c in enumerate(coefficients)) * (1 - a**2)
    return np.trapezoid(1 / v, a)
# %% 3 right: steps on the circle
def time_to_peak(m0, rho, coefficients):
    a, goal, t, h = m0 * rho, rho / ws.best_overlap(m0, rho), 0.0, 5e-4
    while a < goal:
        a += h * 2 * sum((j + 1) * c**2 * a**j for j, c in enumerate(coefficients)) * (1 - a**2)
        t += h
    return t
# %% 3 right: solve_ivp for the inverse function
def time_to_peak(m0, rho, coefficients):
    def slope(a, t):
        return 1 / (2 * sum((j + 1) * c**2 * a**j for j, c in enumerate(coefficients)) * (1 - a**2))
    return solve_ivp(slope, (m0 * rho, rho / ws.best_overlap(m0, rho)), [0.0], rtol=1e-8).y[0, -1]
# %% 3 right: an array
# return path.t_events[0][0] => return path.t_events[0][:1]
# %% 3 right: float32
# return path.t_events[0][0] => return np.float32(path.t_events[0][0])
# %% 3 wrong: factor two
# weight = 2 * power => weight = power
# %% 3 wrong: degree forgotten
# weight = 2 * power * np.square(coefficients) => weight = 2 * np.square(coefficients)
# %% 3 wrong: coefficients not squared
# np.square(coefficients) => np.abs(coefficients)
# %% 3 wrong: not on the sphere
# * (1 - a**2) => * (1 - a)
# %% 3 wrong: from the start's overlap with the truth
# (0, 1e6), [c] => (0, 1e6), [m0 * 0.9 * rho]
# %% 3 wrong: up to the overlap itself
# a[0] - rho / best => a[0] - rho
# %% 3 wrong: powers shifted
# a ** (power - 1) => a**power
# %% 3 wrong: only the highest degree
def time_to_peak(m0, rho, coefficients):
    return ws.best_time(m0, rho, max(len(coefficients), 2))
# %% 4 right: a loop over samples
def measured_curvature(X, w, w_t, degree):
    g = np.zeros(len(w))
    for x in X:
        v, s = hermite(x @ w, degree)
        g += 2 * (v - hermite(x @ w_t, degree)[0]) * s * x / len(X)
    g -= (g @ w) * w
    return (g @ (w - w_t)) / ((w - w_t) @ (w - w_t))
# %% 4 right: projection matrix
def measured_curvature(X, w, w_t, degree):
    value, slope = hermite(X @ w, degree)
    g = 2 * np.mean((value - hermite(X @ w_t, degree)[0])[:, None] * slope[:, None] * X, axis=0)
    P = np.eye(len(w)) - np.outer(w, w)
    return [-(P @ g) @ (w_t - w) / np.linalg.norm(w_t - w) ** 2]
# %% 4 right: through the overlap
def measured_curvature(X, w, w_t, degree):
    value, slope = hermite(X @ w, degree)
    r = (value - hermite(X @ w_t, degree)[0]) * slope
    a = w @ w_t
    return -2 * np.mean(r * (X @ w_t - a * (X @ w))) / (2 - 2 * a)
# %% 4 right: polynomials written out
def measured_curvature(X, w, w_t, degree):
    h = {2: lambda z: (z**2 - 1) / 2**0.5, 3: lambda z: (z**3 - 3 * z) / 6**0.5}[degree]
    dh = {2: lambda z: 2**0.5 * z, 3: lambda z: (3 * z**2 - 3) / 6**0.5}[degree]
    g = 2 * X.T @ ((h(X @ w) - h(X @ w_t)) * dh(X @ w)) / len(X)
    return np.array([-(g - (g @ w) * w) @ (w_t - w) / np.sum((w_t - w) ** 2)])
# %% 4 right: differences of the loss
def measured_curvature(X, w, w_t, degree):
    y, t = hermite(X @ w_t, degree)[0], w_t - (w @ w_t) * w
    loss = lambda e: np.mean((hermite(X @ (w + e * t) / np.linalg.norm(w + e * t), degree)[0] - y) ** 2)
    return (loss(-1e-4) - loss(1e-4)) / 2e-4 / np.sum((w_t - w) ** 2)
# %% 4 wrong: not projected
# gradient = gradient - (gradient @ w) * w => gradient = gradient * 1
# %% 4 wrong: two forgotten
# gradient = 2 * X.T => gradient = X.T
# %% 4 wrong: slope forgotten
# ((value - labels) * slope) => (value - labels)
# %% 4 wrong: sign
# return -gradient => return gradient
# %% 4 wrong: distance not squared
# np.sum((w_t - w) ** 2) => np.linalg.norm(w_t - w)
# %% 4 wrong: not divided by the number of samples
#  / len(X) =>  / 1
# %% 4 wrong: the formula for Gaussian inputs
def measured_curvature(X, w, w_t, degree):
    return ws.curvature(w @ w_t, degree)
# %% 4 wrong: w moves
# value, slope = => w *= 0.5; value, slope =
# %% 5 right: normalised with an SVD
def robust_start(X):
    rows = X / np.sqrt((X**2).sum(axis=1))[:, None]
    return np.linalg.svd(rows, full_matrices=False)[2][0]
# %% 5 right: power iteration
def robust_start(X):
    R = X / np.linalg.norm(X, axis=1)[:, None]
    v = np.ones(X.shape[1])
    for _ in range(500):
        v = R.T @ (R @ v)
        v /= np.linalg.norm(v)
    return v.tolist()
# %% 5 right: Tyler's estimator
def robust_start(X):
    n, d = X.shape
    S = np.eye(d)
    for _ in range(15):
        w = np.einsum("ij,ji->i", X, np.linalg.solve(S, X.T))
        S = d / n * (X / w[:, None]).T @ X
        S /= np.trace(S) / d
    return np.linalg.eigh(S)[1][:, -1]
# %% 5 right: minus sign
# return np.linalg.eigh(rows.T @ rows)[1][:, -1] => return -np.linalg.eigh(rows.T @ rows)[1][:, -1]
# %% 5 right: scaled to the typical length
# np.linalg.norm(X, axis=1, keepdims=True) => (np.linalg.norm(X, axis=1, keepdims=True) / 9)
# %% 5 right: float32
# return np.linalg.eigh(rows.T @ rows)[1][:, -1] => return np.linalg.eigh(rows.T @ rows)[1][:, -1].astype(np.float32)
# %% 5 wrong: plain covariance
# X / np.linalg.norm(X, axis=1, keepdims=True) => X * 1
# %% 5 wrong: smallest eigenvector
# [:, -1] => [:, 0]
# %% 5 wrong: columns normalised
# axis=1, keepdims => axis=0, keepdims
# %% 5 wrong: rows of the eigenvectors
# [1][:, -1] => [1][-1]
# %% 5 wrong: eigenvalues
# [1][:, -1] => [0]
# %% 5 wrong: the longest row
def robust_start(X):
    row = X[np.argmax(np.linalg.norm(X, axis=1))]
    return row / np.linalg.norm(row)
# %% 5 wrong: changes the data
# rows = X / np.linalg.norm => X /= np.linalg.norm(X, axis=1, keepdims=True); rows = X / np.linalg.norm
# %% 5 wrong: mean of the rows
# return np.linalg.eigh(rows.T @ rows)[1][:, -1] => return rows.mean(axis=0) / np.linalg.norm(rows.mean(axis=0))
# %% 6 right: angles
def start_overlap(top, gamma):
    if top <= (1 + gamma**0.5) ** 2:
        return 0
    h = (top - 1 - gamma) / 2
    t = h + (h * h - gamma) ** 0.5
    return ((1 - gamma / t**2) / (1 + gamma / t)) ** 0.5
def stopping_step(students, m0):
    end = students[-1]
    c = students[0] @ end
    rho = np.clip(c / m0, 0, 1)
    phi = np.arctan2((m0 - rho * c) / np.sqrt(1 - c**2), rho)
    angle = np.arccos(np.clip(students @ end, -1, 1))
    return np.argmin(np.abs(angle - phi))
# %% 6 right: roots of the quadratic
def start_overlap(top, gamma):
    r = np.roots([1, -(top - 1 - gamma), gamma])
    if np.abs(r.imag).max() > 1e-9:
        return np.array([0.0])
    t = r.real.max()
    return np.array([np.sqrt(max(1 - gamma / t**2, 0) / (1 + gamma / t))]) if t > gamma**0.5 else 0.0
def stopping_step(students, m0):
    a = students @ students[-1]
    rho = min(a[0] / m0, 1.0)
    side = (m0 - rho * a[0]) / np.sqrt(1 - a[0] ** 2)
    return np.argmax(rho * a + side * np.sqrt(np.clip(1 - a**2, 0, None)))
# %% 6 right: brentq
def start_overlap(top, gamma):
    from scipy.optimize import brentq
    if top <= (1 + np.sqrt(gamma)) ** 2:
        return 0.0
    t = brentq(lambda t: (1 + t) * (1 + gamma / t) - top, np.sqrt(gamma), 1e3)
    return ws.initial_overlap(t, gamma)
def stopping_step(students, m0):
    a = students @ students[-1]
    rho = min(a[0] / m0, 1.0)
    return int(np.argmin(np.abs(a - rho / ws.best_overlap(m0, rho))))
# %% 6 right: arrays
# return int(np.argmin(np.abs(along - rho / np.hypot(rho, sideways)))) => return np.array([np.argmin(np.abs(along - rho / np.hypot(rho, sideways)))])
# %% 6 right: first beyond the goal
# return int(np.argmin(np.abs(along - rho / np.hypot(rho, sideways)))) => return float(np.argmax(along >= min(rho / np.hypot(rho, sideways), 1 - 1e-9)))
# %% 6 wrong: reads the truth from an axis
# return int(np.argmin(np.abs(along - rho / np.hypot(rho, sideways)))) => return int(np.argmax(students[:, 0]))
# %% 6 wrong: columns for rows
# return int(np.argmin(np.abs(along - rho / np.hypot(rho, sideways)))) => return int(np.argmax(students.mean(axis=0)))
# %% 6 wrong: half-way
# return int(np.argmin(np.abs(along - rho / np.hypot(rho, sideways)))) => return len(students) // 2
# %% 6 wrong: the end
# return int(np.argmin(np.abs(along - rho / np.hypot(rho, sideways)))) => return len(students) - 1
# %% 6 wrong: the start
# return int(np.argmin(np.abs(along - rho / np.hypot(rho, sideways)))) => return 0
# %% 6 wrong: beyond the end
# return int(np.argmin(np.abs(along - rho / np.hypot(rho, sideways)))) => return len(students)
# %% 6 wrong: the smaller root
# half + np.sqrt(half**2 - gamma) => half - np.sqrt(half**2 - gamma) + 1e-9
# %% 6 wrong: overlap below the threshold
# return 0.0 => return 0.1
# %% 6 wrong: spike instead of overlap
# return np.sqrt((1 - gamma / theta**2) / (1 + gamma / theta)) => return theta
# %% 6 wrong: a vector instead of its number
# return int(np.argmin(np.abs(along - rho / np.hypot(rho, sideways)))) => return students[int(np.argmin(np.abs(along - rho / np.hypot(rho, sideways))))]
# %% 7 right: expm1
def three_terms(t, m0, mu, sampling, bias):
    grown = -np.expm1(-mu * t) / mu
    return [np.exp(-mu * t) * (2 - 2 * m0) ** 0.5, grown * sampling, grown * bias]
# %% 7 right: an integral
def three_terms(t, m0, mu, sampling, bias):
    from scipy.integrate import quad
    grown = quad(lambda s: np.exp(-mu * (t - s)), 0, t)[0]
    return np.array([np.exp(-mu * t) * np.sqrt(2 - 2 * m0), sampling * grown, bias * grown])
# %% 7 right: solve_ivp
def three_terms(t, m0, mu, sampling, bias):
    path = solve_ivp(lambda t, D: -mu * D + np.array([0, sampling, bias]), (0, t + 1e-12), [np.sqrt(2 - 2 * m0), 0, 0], rtol=1e-8)
    return path.y[:, -1]
# %% 7 right: small steps
def three_terms(t, m0, mu, sampling, bias):
    D, n = np.array([np.sqrt(2 - 2 * m0), 0, 0]), 4000
    for _ in range(n):
        D = D + t / n * (-mu * D + np.array([0, sampling, bias]))
    return D[:, None]
# %% 7 right: float32
# return left * np.sqrt(2 - 2 * m0), (1 - left) * sampling / mu, (1 - left) * bias / mu => return np.float32([left * np.sqrt(2 - 2 * m0), (1 - left) * sampling / mu, (1 - left) * bias / mu])
# %% 7 wrong: squared distance
# np.sqrt(2 - 2 * m0) => (2 - 2 * m0)
# %% 7 wrong: not divided by the curvature
# sampling / mu, (1 - left) * bias / mu => sampling, (1 - left) * bias
# %% 7 wrong: at the end of time
# (1 - left) * sampling / mu, (1 - left) * bias / mu => sampling / mu, bias / mu
# %% 7 wrong: order
# (1 - left) * sampling / mu, (1 - left) * bias / mu => (1 - left) * bias / mu, (1 - left) * sampling / mu
# %% 7 wrong: the sum
# return left * np.sqrt(2 - 2 * m0), (1 - left) * sampling / mu, (1 - left) * bias / mu => return left * np.sqrt(2 - 2 * m0) + (1 - left) * (sampling + bias) / mu
# %% 7 wrong: grows
# np.exp(-mu * t) => np.exp(mu * t)
# %% 7 wrong: the library's bound
def three_terms(t, m0, mu, sampling, bias):
    bound = ws.distance_bound
    terms = bound([t], m0, 0.8, 2)
    left = np.exp(-mu * t)
    return left * np.sqrt(2 - 2 * m0), (1 - left) * sampling / mu, (1 - left) * bias / mu
# %% 1 wrong: a tilted spike is never enough
# if overlap >= 1: => if overlap >= 1 or alignment < 0.8:
# %% 1 wrong: a tilted spike is always enough
# if overlap >= 1: => overlap = min(overlap, 0.99)\n    if alignment < 0.9 and overlap == 0.99:
# %% 6 wrong: one supervisor for all
# rho = min(c / m0, 1.0) => rho = 0.7
