# %% 1 right: Gauss-Hermite
def hermite_coefficients(f, max_degree):
    z, w = np.polynomial.hermite_e.hermegauss(300)
    w = w / w.sum()
    return [np.sum(w * f(z) * mi.hermite(k, z)) for k in range(max_degree + 1)]
def information_exponent(f):
    c = hermite_coefficients(f, 6)
    return next(k for k in range(1, 7) if abs(c[k]) > 0.01)
# %% 1 right: Simpson's rule
def hermite_coefficients(f, max_degree):
    from scipy.integrate import simpson
    z = np.linspace(-9, 9, 4001)
    phi = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    return tuple(simpson(f(z) * mi.hermite(k, z) * phi, x=z) for k in range(max_degree + 1))
def information_exponent(f):
    return np.flatnonzero(np.abs(hermite_coefficients(f, 6)[1:]) > 0.01)[:1] + 1
# %% 1 right: a sum on a grid
def hermite_coefficients(f, max_degree):
    z = np.arange(-12, 12, 0.005)
    w = np.exp(-(z**2) / 2)
    w /= w.sum()
    return np.array([[(w * f(z) * mi.hermite(k, z)).sum()] for k in range(max_degree + 1)])
def information_exponent(f):
    k = 1
    while abs(float(hermite_coefficients(f, k)[k, 0])) <= 0.01:
        k += 1
    return k
# %% 1 right: polynomials by hand
def hermite_coefficients(f, max_degree):
    from math import factorial
    z = np.linspace(-10, 10, 8001)
    w = np.exp(-(z**2) / 2) * (z[1] - z[0]) / np.sqrt(2 * np.pi)
    He = [np.ones_like(z), z]
    for k in range(2, max_degree + 1):
        He.append(z * He[-1] - (k - 1) * He[-2])
    return np.array([w @ (f(z) * He[k]) / factorial(k) ** 0.5 for k in range(max_degree + 1)])
def information_exponent(f):
    return np.float64(1 + np.argmax(np.abs(hermite_coefficients(f, 6)[1:]) > 0.01))
# %% 1 right: float32
# return np.array([np.trapezoid => return np.array([np.float32(1) * np.trapezoid
# %% 1 wrong: not normalised
# mi.hermite(k, z), z) for => mi.hermite(k, z) * 2 ** (k > 1), z) for
# %% 1 wrong: no density
#  * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) =>  / 20
# %% 1 wrong: one degree too few
# range(max_degree + 1) => range(max_degree)
# %% 1 wrong: degree 0 counts
# return 1 + int(np.argmax(np.abs(hermite_coefficients(f, 6)[1:]) > 0.01)) => return int(np.argmax(np.abs(hermite_coefficients(f, 6)) > 0.01))
# %% 1 wrong: the largest coefficient
# return 1 + int(np.argmax(np.abs(hermite_coefficients(f, 6)[1:]) > 0.01)) => return 1 + int(np.argmax(np.abs(hermite_coefficients(f, 6)[1:])))
# %% 1 wrong: sign counts
# np.abs(hermite_coefficients(f, 6)[1:]) => hermite_coefficients(f, 6)[1:]
# %% 1 wrong: only to degree four
# hermite_coefficients(f, 6) => hermite_coefficients(f, 4)
# %% 1 wrong: monomials
# mi.hermite(k, z), z) for => z**k, z) for
# %% 2 right: a loop
def one_step(rng, target, n, d):
    X = rng.standard_normal((n, d))
    y = target.labels(X[:, 0], X[:, 1], rng)
    g = sum(y[i] * X[i] for i in range(n))
    return [g[0] / np.linalg.norm(g), g[1] / np.linalg.norm(g)]
# %% 2 right: only what is needed
def one_step(rng, target, n, d):
    X = rng.normal(size=(d, n))
    g = X @ target.labels(X[0], X[1], rng) / n
    return g[:2] / (g @ g) ** 0.5
# %% 2 right: inner products
def one_step(rng, target, n, d):
    X = rng.standard_normal((n, d))
    g = unit(np.mean(target.labels(X[:, 0], X[:, 1], rng)[:, None] * X, axis=0))
    return g @ np.eye(d)[0], g @ np.eye(d)[1]
# %% 2 right: float32
# return direction[0], direction[1] => return np.float32(direction[:2])
# %% 2 right: a column
# return direction[0], direction[1] => return direction[:2, None]
# %% 2 wrong: not normalised
# unit(X.T @ y) => X.T @ y / n
# %% 2 wrong: norm of the number of samples
# unit(X.T @ y) => X.T @ y / np.linalg.norm(y) / np.sqrt(n)
# %% 2 wrong: the same data
# X = rng.standard_normal((n, d)) => rng = np.random.default_rng(1); X = rng.standard_normal((n, d))
# %% 2 wrong: order
# return direction[0], direction[1] => return direction[1], direction[0]
# %% 2 wrong: labels without noise of the right inputs
# target.labels(X[:, 0], X[:, 1], rng) => target.labels(X[:, 2], X[:, 3], rng)
# %% 2 wrong: only the easy part
# y = target.labels(X[:, 0], X[:, 1], rng) => y = X[:, 0]
# %% 2 wrong: minus
# unit(X.T @ y) => -unit(X.T @ y)
# %% 2 wrong: labels left out
# unit(X.T @ y) => unit(X.T @ np.ones(n))
# %% 3 right: bounded optimiser
def best_penalty(Q, P, lam_t, strength):
    from scipy.optimize import minimize_scalar
    f = lambda u: -2 * ((1 + lam_t) * Q - strength * (1 - strength) * P) * u + (Q + strength**2 * P) * u**2
    u = minimize_scalar(f, bounds=(0, 1), method="bounded", options=dict(xatol=1e-9)).x
    return 1 / u - 1
# %% 3 right: cases
def best_penalty(Q, P, lam_t, strength):
    u = ((1 + lam_t) * Q - strength * (1 - strength) * P) / (Q + strength**2 * P)
    if u <= 0:
        return float("inf")
    if u >= 1:
        return 0
    return (1 - u) / u
# %% 3 right: a grid
def best_penalty(Q, P, lam_t, strength):
    u = np.linspace(0, 1, 200_001)
    f = -2 * ((1 + lam_t) * Q - strength * (1 - strength) * P) * u + (Q + strength**2 * P) * u**2
    with np.errstate(divide="ignore"):
        return 1 / u[[np.argmin(f)]] - 1
# %% 3 right: a huge number
# else np.inf => else 1e12
# %% 3 right: float32
# return max(curvature / slope - 1, 0.0) => return np.float32(max(curvature / slope - 1, 0.0))
# %% 3 wrong: strength one
# slope = (1 + lam_t) * Q - strength * (1 - strength) * P => slope = (1 + lam_t) * Q
# %% 3 wrong: not clipped
# max(curvature / slope - 1, 0.0) => curvature / slope - 1
# %% 3 wrong: teacher's penalty forgotten
# (1 + lam_t) * Q => Q
# %% 3 wrong: strength not squared
# strength**2 * P => strength * P
# %% 3 wrong: zero instead of infinity
# else np.inf => else 0.0
# %% 3 wrong: u instead of the penalty
# max(curvature / slope - 1, 0.0) => slope / curvature
# %% 3 wrong: nan
# else np.inf => else np.nan
# %% 4 right: bisection
def overlap_needed(target, gamma_t, gamma_s):
    lo, hi = 0.0, 1.0
    for _ in range(40):
        rho = (lo + hi) / 2
        lam = mi.optimal_student_penalty(target, gamma_t, gamma_s, rho=rho, mode="full")
        wins = mi.student_error(target, gamma_t, gamma_s, lam_s=lam, rho=rho, mode="full") < mi.teacher_error(target, gamma_t)
        lo, hi = (lo, rho) if wins else (rho, hi)
    return hi
# %% 4 right: a grid of penalties
def overlap_needed(target, gamma_t, gamma_s):
    lam = np.append(0, np.logspace(-3, 2, 1001))
    def gap(rho):
        return mi.student_error(target, gamma_t, gamma_s, lam_s=lam, rho=rho, mode="full").min() - mi.teacher_error(target, gamma_t)
    return [brentq(gap, 0, 1)]
# %% 4 right: the condition of part (b)
def overlap_needed(target, gamma_t, gamma_s):
    k = np.arange(3)
    b = np.array(target.easy) * mi.teacher_overlap(target, gamma_t) ** k
    def gap(rho):
        P = np.sum(np.array(target.hard) ** 2 * rho ** (2 * k))
        Q = np.sum(b**2 * (b[1] ** 2 / (b[1] ** 2 + gamma_s * (np.sum(b**2) + P))) ** k)
        D = np.sum(b**2) - Q
        return P - (D + np.sqrt(D**2 + 4 * D * Q)) / 2
    return brentq(gap, 0, 1)
# %% 4 right: an array
# return brentq(difference, 0.0, 1.0) => return np.array([brentq(difference, 0.0, 1.0)])
# %% 4 right: float32
# return brentq(difference, 0.0, 1.0) => return np.float32(brentq(difference, 0.0, 1.0))
# %% 4 wrong: one given penalty
# mi.optimal_student_penalty(target, gamma_t, gamma_s, rho=rho, mode="full") => 1.0
# %% 4 wrong: an adapter
# mode="full" => mode="adapter"
# return brentq(difference, 0.0, 1.0) => return brentq(lambda r: difference(r) + 1e-9, 0.0, 1.0)
# %% 4 wrong: the limit of many samples
# return brentq(difference, 0.0, 1.0) => return 0.05
# %% 4 wrong: ratios exchanged
# mi.optimal_student_penalty(target, gamma_t, gamma_s, => mi.optimal_student_penalty(target, gamma_s, gamma_t,
# mi.student_error(target, gamma_t, gamma_s, => mi.student_error(target, gamma_s, gamma_t,
# return brentq(difference, 0.0, 1.0) => return brentq(difference, 0.0, 1.0) if difference(0.0) * difference(1.0) < 0 else 0.5
# %% 4 wrong: overlap squared
# return brentq(difference, 0.0, 1.0) => return brentq(difference, 0.0, 1.0) ** 2
# %% 4 wrong: one
# return brentq(difference, 0.0, 1.0) => return 1.0
# %% 4 wrong: five per cent too careful
# return brentq(difference, 0.0, 1.0) => return 1.05 * brentq(difference, 0.0, 1.0)
# %% 5 right: sums over samples
def reuse_trial(rng, target, gamma, d):
    n = round(d / gamma)
    X = rng.standard_normal((n, d))
    y = target.labels(X[:, 0], X[:, 1], rng)
    t = unit(sum(yi * xi for yi, xi in zip(y, X)))
    s = unit(sum((t @ xi) * xi for xi in X))
    return [t[0], s[0]]
# %% 5 right: covariance
def reuse_trial(rng, target, gamma, d):
    X = rng.standard_normal((int(round(d / gamma)), d))
    t = unit(X.T @ target.labels(X[:, 0], X[:, 1], rng))
    return np.array([t[0], unit(np.cov(X.T, bias=True) @ t + X.mean(0) * (X.mean(0) @ t))[0]])
# %% 5 right: inputs as columns
def reuse_trial(rng, target, gamma, d):
    X = rng.standard_normal((d, round(d / gamma)))
    t = unit(X @ target.labels(X[0], X[1], rng))
    return t[0], unit(X @ X.T @ t)[0]
# %% 5 right: absolute values
# return teacher[0], student[0] => return abs(teacher[0]), abs(student[0])
# %% 5 right: float32
# return teacher[0], student[0] => return np.float32([teacher[0], student[0]])
# %% 5 wrong: fresh inputs
# student = unit(X.T @ (X @ teacher)) => Z = rng.standard_normal(X.shape); student = unit(Z.T @ (Z @ teacher))
# %% 5 wrong: true labels
# X.T @ (X @ teacher) => X.T @ target.labels(X[:, 0], X[:, 1], rng)
# %% 5 wrong: order
# return teacher[0], student[0] => return student[0], teacher[0]
# %% 5 wrong: overlap with the teacher
# return teacher[0], student[0] => return teacher[0], student @ teacher
# %% 5 wrong: ratio upside down
# round(d / gamma) => round(d * gamma)
# %% 5 wrong: the teacher's direction twice
# student = unit(X.T @ (X @ teacher)) => student = teacher
# %% 5 wrong: two steps
# X.T @ (X @ teacher) => X.T @ (X @ (X.T @ (X @ teacher)))
# %% 5 wrong: other label noise
# X = rng.standard_normal((round(d / gamma), d)) => X = rng.standard_normal((round(d / gamma), d)); target = Target(easy=(0, 0.8), hard=(0, 0, 0.6), noise_var=1.5)
# %% 6 right: Gauss-Hermite
def overlap_for(link, gamma_s, carried):
    from scipy.stats import norm
    z = norm.ppf((np.arange(200_000) + 0.5) / 200_000)
    signal = np.mean(z * link(z)) ** 2
    return np.sqrt(signal / (signal + gamma_s * (np.mean(link(z) ** 2) + carried)))
# %% 6 right: quad
def overlap_for(link, gamma_s, carried):
    from scipy.integrate import quad
    phi = lambda z: np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    a = quad(lambda z: z * link(np.float64(z)) * phi(z), -9, 9, points=[0])[0]
    e = quad(lambda z: link(np.float64(z)) ** 2 * phi(z), -9, 9, points=[0])[0]
    return [abs(a) / np.sqrt(a**2 + gamma_s * (e + carried))]
# %% 6 right: large sample
def overlap_for(link, gamma_s, carried):
    z = np.random.default_rng(0).standard_normal(400_000)
    z = np.append(z, -z)
    a = np.mean(z * link(z))
    return abs(a) * (a**2 + gamma_s * (np.mean(link(z) ** 2) + carried)) ** -0.5
# %% 6 right: an array
# return np.sqrt( => return np.ones((1, 1)) * np.sqrt(
# %% 6 right: coarse grid
# 20001 => 801
# %% 6 wrong: squared
# return np.sqrt(signal / (signal + gamma_s * (energy + carried))) => return signal / (signal + gamma_s * (energy + carried))
# %% 6 wrong: bias taken out
# energy = np.trapezoid(link(z) ** 2 * density, z) => energy = np.trapezoid((link(z) - np.trapezoid(link(z) * density, z)) ** 2 * density, z)
# %% 6 wrong: nothing carried
# (energy + carried) => energy
# %% 6 wrong: only the linear part is energy
# (energy + carried) => (signal + carried)
# %% 6 wrong: ratio upside down
# gamma_s * (energy => 1 / gamma_s * (energy
# %% 6 wrong: carried not multiplied
# gamma_s * (energy + carried) => gamma_s * energy + carried
# %% 6 wrong: signal not squared
# density, z) ** 2 => density, z)
# %% 6b right: loops
def loud_error(loudness, gamma_t, gamma_s, rho):
    M, tau = loudness, mi.teacher_overlap(target, gamma_t)
    c, e = target.easy, target.hard
    b = [c[k] * tau**k for k in range(3)]
    P = sum(e[k] ** 2 * rho ** (2 * k) for k in range(3))
    B = sum(x * x for x in b)
    ts = M * b[1] / (M**2 * b[1] ** 2 + gamma_s * (M**2 * B + P)) ** 0.5
    out = 0
    for k in range(3):
        a = b[k] * ts**k
        out += c[k] ** 2 - 2 * a * c[k] * (tau * ts) ** k + a**2 + e[k] ** 2
    r = (M - 1) / M
    return out + (r * r - 2 * r) * P
# %% 6b right: through the parabola
def loud_error(loudness, gamma_t, gamma_s, rho):
    k = np.arange(3)
    b = np.array(target.easy) * mi.teacher_overlap(target, gamma_t) ** k
    P = np.sum((np.array(target.hard) * rho**k) ** 2)
    ts = overlap_for(lambda z: loudness * sum(w * mi.hermite(j, z) for j, w in enumerate(b)), gamma_s, P)
    Q = np.sum(b**2 * ts ** (2 * k))
    r = 1 - 1 / loudness
    return np.sum(np.square(target.easy)) - Q + np.sum(np.square(target.hard)) - P * (1 - (1 - r) ** 2)
# %% 6b right: an array
# return np.sum( => return np.ones(1) * np.sum(
# %% 6b right: float32
# return np.sum( => return np.float32(1) * np.sum(
# %% 6b right: a list
# return np.sum(c**2 - 2 * a * c * (tau_t * tau_s) ** k + a**2 + e**2 + (r**2 - 2 * r) * carried) => return [np.sum(c**2 - 2 * a * c * (tau_t * tau_s) ** k + a**2 + e**2 + (r**2 - 2 * r) * carried)]
# %% 6b wrong: step not changed
#  / loudness**2) =>  / 1)
# %% 6b wrong: nothing kept
# r = b * tau_s**k, 1 - 1 / loudness => r = b * tau_s**k, 0
# %% 6b wrong: all kept
# r = b * tau_s**k, 1 - 1 / loudness => r = b * tau_s**k, 1
# %% 6b wrong: answers stay loud
# a, r = b * tau_s**k => a, r = loudness * b * tau_s**k
# %% 6b wrong: answers too soft
# a, r = b * tau_s**k => a, r = b * tau_s**k / loudness
# %% 6b wrong: overlap of the teacher only
# (tau_t * tau_s) ** k => tau_t**k
# %% 6b wrong: carried not squared away
# rho ** (2 * k) => rho**k
# %% 6b wrong: loudness not squared in the step
#  / loudness**2) =>  / loudness)
# %% 7 right: one by one
def five_students(network, X, taught, y, X_new, y_new, lam_s, seed):
    def error(student):
        return float(np.mean((student(X_new) - y_new) ** 2))
    tune = lambda labels, mode: mi.fine_tune_network(network, X, labels, lam_s=lam_s, mode=mode, width=network.width, rng=seed)
    out = {}
    out["ceiling"] = error(tune(y, "full"))
    out["adapter"] = error(tune(taught, "adapter"))
    out["full"] = error(tune(taught, "full"))
    out["frozen"] = error(network)
    out["scratch"] = error(mi.train_teacher(X, taught, lam_t=lam_s, width=network.width, rng=seed))
    return out
# %% 7 right: a generator from the seed
# rng=seed), => rng=np.random.default_rng(seed)),
# %% 7 right: arrays as values
# np.mean((student(X_new) - y_new) ** 2) => np.mean((student(X_new) - y_new) ** 2, keepdims=True)
# %% 7 right: float32
# np.mean((student(X_new) - y_new) ** 2) => np.float32(np.mean((student(X_new) - y_new) ** 2))
# %% 7 right: read-outs by hand
# np.mean((student(X_new) - y_new) ** 2) => np.linalg.norm(student.features(X_new) @ student.readout - y_new) ** 2 / len(y_new)
# %% 7 wrong: the ceiling hears the teacher
# X, y, mode="full" => X, taught, mode="full"
# %% 7 wrong: full and adapter exchanged
# taught, mode="full" => taught, mode="none"
# taught, mode="adapter" => taught, mode="full"
# mode="none" => mode="adapter"
# %% 7 wrong: the frozen one learns
# "frozen": network => "frozen": mi.fine_tune_network(network, X, taught, mode="adapter", **own)
# %% 7 wrong: scratch sees the truth
# mi.train_teacher(X, taught => mi.train_teacher(X, y
# %% 7 wrong: scratch is pre-trained
# "scratch": mi.train_teacher(X, taught, lam_t=lam_s, width=network.width, rng=seed) => "scratch": mi.fine_tune_network(network, X, taught, mode="full", **own)
# %% 7 wrong: an adapter as the ceiling
# X, y, mode="full" => X, y, mode="adapter"
# %% 7 wrong: errors on the training set
# (student(X_new) - y_new) => (student(X) - taught)
# %% 7 wrong: a name is missing
# "frozen": network, => "cold": network,
# %% 7 wrong: roots of the errors
# np.mean((student(X_new) - y_new) ** 2) => np.sqrt(np.mean((student(X_new) - y_new) ** 2))
# %% 1 wrong: always five coefficients
# range(max_degree + 1) => range(5)
# %% 2 wrong: always the target of the chapter
# y = target.labels => y = mi.EXAMPLE.labels
# %% 5 wrong: always one target
# target.labels => linear.labels
# %% 7 wrong: a seed of its own
# own = dict => seed = 5\n    own = dict
# %% 2 wrong: absolute values
# return direction[0], direction[1] => return abs(direction[0]), abs(direction[1])
# %% 5 wrong: always a hundred dimensions
# X = rng => d = 100\n    X = rng
# %% 6 wrong: what is carried is not squared
# (energy + carried) => (energy + np.sqrt(carried))
# %% 7 wrong: the old network forgets
# own = dict => network.readout[:] *= 0.5\n    own = dict
# %% 2 wrong: labels without their mean
# unit(X.T @ y) => unit(X.T @ (y - y.mean()))
# %% 2 wrong: least squares
# unit(X.T @ y) => unit(np.linalg.lstsq(X, y, rcond=None)[0])
# %% 2 wrong: the theory, and a little noise
def one_step(rng, target, n, d):
    easy = mi.teacher_overlap(target, d / n) + 0.05 * rng.standard_normal()
    return easy, rng.standard_normal() / d**0.5
