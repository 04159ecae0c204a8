# %% 1 right: one by one
def recovered_by(lam_t, gamma_t, gamma_s, noise_var):
    t = truth(sizes, energies)
    w = fit(t, lam_t, gamma_t, [1, 1], noise_var=noise_var)
    def pgr(weights, known):
        s = fit(w, penalties, gamma_s, weights, known=known).error.min()
        c = fit(t, penalties, gamma_s, weights, known=known, noise_var=noise_var).error.min()
        return (w.error - s) / (w.error - c)
    return dict(plain=pgr([1, 1], None), aligned=pgr([0.05, 1.1], None), informed=pgr([1, 1], prior(sizes, energies, [0, 0.5])))
# %% 1 right: the library's plain and weighted ridge
def recovered_by(lam_t, gamma_t, gamma_s, noise_var):
    L_t = ridge.teacher_error(lam_t, gamma_t, noise_var)
    out = {}
    for name, g in [("plain", [1.0, 1.0]), ("aligned", [0.05, 1.1])]:
        b = wr.Blocks(sizes, g, energies)
        s = wr.student_error(lam_t, penalties, gamma_t, gamma_s, noise_var, b).min()
        c = wr.teacher_error(penalties, gamma_s, noise_var, b).min()
        out[name] = (L_t - s) / (L_t - c)
    t, k = truth(sizes, energies), prior(sizes, energies, [0.0, 0.5])
    s = fit(fit(t, lam_t, gamma_t, [1.0, 1.0], noise_var=noise_var), penalties, gamma_s, [1.0, 1.0], known=k)
    c = fit(t, penalties, gamma_s, [1.0, 1.0], known=k, noise_var=noise_var)
    return out | {"informed": (L_t - s.error.min()) / (L_t - c.error.min())}
# %% 1 right: float32
# return pgr => return {key: np.float32(value) for key, value in pgr.items()}
# %% 1 right: arrays of one
# return pgr => return {key: np.ravel(value) for key, value in pgr.items()}
# %% 1 right: another order
# return pgr => return {key: pgr[key] for key in sorted(pgr)}
# %% 1 wrong: one ceiling for all
# ceiling = fit(target, penalties, gamma_s, weights, known=known, noise_var=noise_var) => ceiling = fit(target, penalties, gamma_s, [1.0, 1.0], noise_var=noise_var)
# %% 1 wrong: ceiling without noise
# known=known, noise_var=noise_var) => known=known)
# %% 1 wrong: ceiling with the teacher's samples
# fit(target, penalties, gamma_s, => fit(target, penalties, gamma_t,
# %% 1 wrong: prior exchanged
# [0.0, 0.5] => [0.5, 0.0]
# %% 1 wrong: noisy student
# student = fit(teacher, penalties, gamma_s, weights, known=known) => student = fit(teacher, penalties, gamma_s, weights, known=known, noise_var=0.1)
# %% 1 wrong: gains
#             teacher.error, student.error.min(), ceiling.error.min() =>             teacher.error, student.error.min(), teacher.error - 1
# %% 1 wrong: a name is missing
# "plain": ([1.0, 1.0], None), => "simple": ([1.0, 1.0], None),
# %% 1 wrong: one number
# return pgr => return pgr["plain"]
# %% 2 right: bisection
def nearest_sparse(beta, radius):
    if np.abs(beta).sum() <= radius:
        return beta
    lo, hi = 0.0, np.abs(beta).max()
    for _ in range(100):
        t = (lo + hi) / 2
        lo, hi = (t, hi) if np.maximum(np.abs(beta) - t, 0).sum() > radius else (lo, t)
    return np.sign(beta) * np.maximum(np.abs(beta) - hi, 0)
# %% 2 right: brentq
def nearest_sparse(beta, radius):
    from scipy.optimize import brentq
    soft = lambda t: np.sign(beta) * np.maximum(abs(beta) - t, 0)
    if np.abs(beta).sum() <= radius:
        return beta.tolist()
    return soft(brentq(lambda t: np.abs(soft(t)).sum() - radius, 0, np.abs(beta).max())).tolist()
# %% 2 right: loop over the sorted values
def nearest_sparse(beta, radius):
    size = np.abs(beta)
    if size.sum() <= radius:
        return np.array(beta)
    total, tau = 0.0, 0.0
    for k, v in enumerate(sorted(size, reverse=True), 1):
        total += v
        if v > (total - radius) / k:
            tau = (total - radius) / k
    return np.where(size > tau, beta - tau * np.sign(beta), 0)
# %% 2 right: projected by a solver
def nearest_sparse(beta, radius):
    from scipy.optimize import minimize
    d = len(beta)
    f = lambda z: np.sum((z[:d] - z[d:] - beta) ** 2)
    g = lambda z: np.append(2 * (z[:d] - z[d:] - beta), -2 * (z[:d] - z[d:] - beta))
    c = {"type": "ineq", "fun": lambda z: radius - z.sum(), "jac": lambda z: -np.ones(2 * d)}
    z = minimize(f, np.zeros(2 * d), jac=g, bounds=[(0, None)] * 2 * d, constraints=c, method="SLSQP", options=dict(maxiter=500, ftol=1e-12)).x
    return z[:d] - z[d:]
# %% 2 right: float32 column
# return np.sign(beta) * np.maximum(size - tau, 0) => return (np.sign(beta) * np.maximum(size - tau, 0)).astype(np.float32)[:, None]
# %% 2 wrong: scaled
def nearest_sparse(beta, radius):
    return beta * min(1, radius / np.abs(beta).sum())
# %% 2 wrong: onto a ball
def nearest_sparse(beta, radius):
    return beta * min(1, radius / np.linalg.norm(beta))
# %% 2 wrong: hard threshold
# np.maximum(size - tau, 0) => size * (size > tau) * radius / (size * (size > tau)).sum()
# %% 2 wrong: signs lost
# np.sign(beta) * np.maximum => np.maximum
# %% 2 wrong: inside points are moved, too
# if size.sum() <= radius: => if False:
# thresholds)[-1]] => thresholds)[-1]] if size.sum() > radius else 0.01
# %% 2 wrong: largest entries only
def nearest_sparse(beta, radius):
    out = np.zeros(len(beta))
    k = np.argmax(np.abs(beta))
    out[k] = np.sign(beta[k]) * radius
    return out
# %% 2 wrong: in place
# size = np.abs(beta) => size = np.abs(beta); beta *= 0.9999
# %% 2 wrong: clipped
def nearest_sparse(beta, radius):
    return np.clip(beta, -radius / len(beta), radius / len(beta))
# %% 3 right: traces
def best_generations(lam_t, gamma_t, ratios, noise_var):
    p, q = ridge.teacher_moments(lam_t, gamma_t, noise_var)
    out, lam = [1 - 2 * p + q], np.logspace(-7, 3, 2001)
    for g in ratios:
        m1, m2 = rm.resolvent_traces(lam, g)
        P, Q = (1 - lam * m1) * p, (1 - 2 * lam * m1 + lam**2 * m2) * q
        k = np.argmin(Q - 2 * P)
        p, q = P[k], Q[k]
        out.append(1 - 2 * p + q)
    return out
# %% 3 right: bounded optimiser
def best_generations(lam_t, gamma_t, ratios, noise_var):
    from scipy.optimize import minimize_scalar
    p, q = ridge.teacher_moments(lam_t, gamma_t, noise_var)
    out = [1 - 2 * p + q]
    for g in ratios:
        def after(x):
            s = rm.shrinkage(10**x, g)
            return s * p, s**2 * (1 + g - 2 * g * s) / (1 - g * s**2) * q
        grid = np.linspace(-7, 3, 101)
        x0 = grid[np.argmin([1 - 2 * after(x)[0] + after(x)[1] for x in grid])]
        x = minimize_scalar(lambda x: 1 - 2 * after(x)[0] + after(x)[1], bounds=(max(x0 - 0.2, -7), min(x0 + 0.2, 3)), method="bounded").x
        p, q = after(x)
        out.append(1 - 2 * p + q)
    return np.array(out)
# %% 3 right: the book's general map
def best_generations(lam_t, gamma_t, ratios, noise_var):
    m, grid = fit(truth([1.0], [1.0]), lam_t, gamma_t, [1.0], noise_var=noise_var), np.logspace(-7, 3, 1001)
    out = [float(m.error)]
    for g in ratios:
        m = fit(m, grid[np.argmin(fit(m, grid, g, [1.0]).error)], g, [1.0])
        out.append(float(m.error))
    return out
# %% 3 right: a coarser grid
# np.logspace(-7, 3, 4001) => np.logspace(-7, 3, 1001)
# %% 3 right: float32 column
# return np.array(errors) => return np.array(errors, np.float32)[:, None]
# %% 3 wrong: without the teacher
# errors = [1 - 2 * p + q] => errors = []
# %% 3 wrong: all learn from the teacher
# p, q = s[best] * p, energies[best] => P, Q = s[best] * p, energies[best]
#         errors.append(1 - 2 * p + q) =>         errors.append(1 - 2 * P + Q)
# %% 3 wrong: no noise of their own
# energies = s**2 * (1 + gamma - 2 * gamma * s) / (1 - gamma * s**2) * q => energies = s**2 * q
# %% 3 wrong: one penalty
# np.logspace(-7, 3, 4001) => np.array([0.3])
# %% 3 wrong: best multiple of the teacher
# errors.append(1 - 2 * p + q) => errors.append(1 - p**2 / q)
# %% 3 wrong: smallest energy
# np.argmin(1 - 2 * s * p + energies) => np.argmin(energies)
# %% 3 wrong: backwards
# return np.array(errors) => return np.array(errors)[::-1]
# %% 4 right: a search over the share
def extra_gain(theta, gamma_pre, p, q, zeta):
    t = (zeta * rm.bbp_overlap(theta, gamma_pre)) ** 2
    a = np.linspace(0, 1, 4001)
    plain = np.min(-2 * a * p + a**2 * q)
    free = np.min(-2 * a * (p - t * p) + a**2 * (q - t * p**2) - 2 * t * p + t * p**2)
    return plain - free
# %% 4 right: written out
def extra_gain(theta, gamma_pre, p, q, zeta):
    t = (zeta * warm_start.initial_overlap(theta, gamma_pre)) ** 2
    A, B = q - p, t * p * (1 - p)
    return [((A + B) ** 2 * q - A**2 * (q - t * p**2)) / (q * (q - t * p**2))]
# %% 4 right: own overlap
def extra_gain(theta, gamma_pre, p, q, zeta):
    m2 = max(0.0, (1 - gamma_pre / theta**2) / (1 + gamma_pre / theta))
    t = zeta**2 * m2
    return (q - p + t * p * (1 - p)) ** 2 / (q - t * p * p) - (q - p) ** 2 / q
# %% 4 right: an array
# return (surplus + aligned) => return np.ones(1) * (surplus + aligned)
# %% 4 right: float32
# aligned = q - p, energy * p * (1 - p) => aligned = np.float32(q - p), np.float32(energy * p * (1 - p))
# %% 4 wrong: alignment not squared
# (zeta * rm.bbp_overlap(theta, gamma_pre)) ** 2 => zeta * rm.bbp_overlap(theta, gamma_pre)
# %% 4 wrong: the exact direction
# zeta * rm.bbp_overlap(theta, gamma_pre) => zeta
# %% 4 wrong: the whole gain
#  - surplus**2 / q =>  - 0 * surplus**2 / q
# %% 4 wrong: relief changes nothing in the cost
# (q - energy * p**2) => q
# %% 4 wrong: sign
# return (surplus + aligned) ** 2 / (q - energy * p**2) - surplus**2 / q => return surplus**2 / q - (surplus + aligned) ** 2 / (q - energy * p**2)
# %% 4 wrong: gains add up
# (surplus + aligned) ** 2 / (q - energy * p**2) => (surplus**2 + aligned**2) / (q - energy * p**2)
# %% 4 wrong: overlap inverse
# rm.bbp_overlap(theta, gamma_pre) => rm.bbp_overlap(theta, 1 / gamma_pre)
# %% 5 right: vectors
def two_meanings(m0, rho, share):
    m0, rho, share = np.broadcast_arrays(m0, rho, share)
    s = np.stack([np.sqrt(1 - m0**2), 0 * m0, m0])
    t = np.stack([0 * rho, np.sqrt(1 - rho**2), rho])
    a = np.arccos((s * t).sum(axis=0))
    w = (np.sin((1 - share) * a) * m0 + np.sin(share * a) * rho) / np.sin(a)
    return w > rho, w > m0
# %% 5 right: slerp of overlaps
def two_meanings(m0, rho, share):
    a = np.arccos(m0 * rho)
    w = (np.sin((1 - share) * a) * m0 + np.sin(share * a) * rho) / np.sin(a)
    return [w > rho, w > m0]
# %% 5 right: mirror images
def two_meanings(m0, rho, share):
    c = np.asarray(m0) * rho
    side = (m0 - rho * c) / np.sqrt(1 - c**2)
    peak, end = np.arctan2(side, rho), np.arccos(c)
    phi = (1 - np.asarray(share)) * end
    return np.abs(phi - peak) < peak, np.abs(phi - peak) < end - peak
# %% 5 right: zeros and ones
# return overlap > rho, overlap > m0 => return 1 * (overlap > rho), 1 * (overlap > m0)
# %% 5 right: one array
# return overlap > rho, overlap > m0 => return np.array([overlap > rho, overlap > m0])
# %% 5 wrong: order
# return overlap > rho, overlap > m0 => return overlap > m0, overlap > rho
# %% 5 wrong: angle from the start
# (1 - share) * => share *
# %% 5 wrong: a straight line
# overlap = rho * np.cos(angle) + (m0 - rho * c) / np.sqrt(1 - c**2) * np.sin(angle) => overlap = (1 - share) * m0 + share * rho
# %% 5 wrong: no correlation through the truth
# c = m0 * rho => c = 0 * m0 * rho
# %% 5 wrong: overlaps
# return overlap > rho, overlap > m0 => return overlap, overlap
# %% 5 wrong: both or none
# return overlap > rho, overlap > m0 => return (overlap > rho) & (overlap > m0), (overlap > rho) & (overlap > m0)
# %% 5 wrong: never
# return overlap > rho, overlap > m0 => return overlap > 2, overlap > 2
# %% 6 right: traces
def label_free_penalty(labels_1, labels_2, gamma_s):
    q, p = np.mean(labels_1**2), np.sqrt(abs(np.mean(labels_1 * labels_2)))
    lam = np.logspace(-6, 3, 2001)
    m1, m2 = rm.resolvent_traces(lam, gamma_s)
    return lam[np.argmin(-2 * (1 - lam * m1) * p + (1 - 2 * lam * m1 + lam**2 * m2) * q)]
# %% 6 right: both energies
# q = np.mean(labels_1**2) => q = (np.mean(labels_1**2) + np.mean(labels_2**2)) / 2
# %% 6 right: misfit of the teachers
def label_free_penalty(labels_1, labels_2, gamma_s):
    q = (np.mean(labels_1**2) + np.mean(labels_2**2)) / 2
    p = np.sqrt(q - np.mean((labels_1 - labels_2) ** 2) / 2)
    lam = np.logspace(-6, 3, 901)
    s = rm.shrinkage(lam, gamma_s)
    return [lam[np.argmin(q * s**2 * (1 + gamma_s - 2 * gamma_s * s) / (1 - gamma_s * s**2) - 2 * s * p)]]
# %% 6 right: bounded optimiser
def label_free_penalty(labels_1, labels_2, gamma_s):
    from scipy.optimize import minimize_scalar
    q, p = np.mean(labels_1**2), np.sqrt(max(np.mean(labels_1 * labels_2), 0))
    def loss(x):
        s = rm.shrinkage(10**x, gamma_s)
        return q * s**2 * (1 + gamma_s - 2 * gamma_s * s) / (1 - gamma_s * s**2) - 2 * s * p
    x0 = min(np.linspace(-6, 3, 91), key=loss)
    return np.array([10 ** minimize_scalar(loss, bounds=(max(x0 - 0.3, -6), min(x0 + 0.3, 3)), method="bounded").x])
# %% 6 right: float32
# return penalties[ => return np.float32(1) * penalties[
# %% 6 wrong: root forgotten
# p = np.sqrt(max(np.mean(labels_1 * labels_2), 0.0)) => p = max(np.mean(labels_1 * labels_2), 0.0) * 0.7
# %% 6 wrong: largest misfit
# np.argmin(1 - 2 * s * p + kept_energy * q) => np.argmax(np.abs(1 - s))
# %% 6 wrong: copying
# return penalties[np.argmin(1 - 2 * s * p + kept_energy * q)] => return 1e-6
# %% 6 wrong: agreement as energy
# q = np.mean(labels_1**2) => q = np.mean(labels_1 * labels_2)
# %% 6 wrong: unlimited data
# kept_energy = s**2 * (1 + gamma_s - 2 * gamma_s * s) / (1 - gamma_s * s**2) => s = 1 / (1 + penalties); kept_energy = s**2
# %% 6 wrong: zero
# return penalties[np.argmin(1 - 2 * s * p + kept_energy * q)] => return 0.0
# %% 6 wrong: the largest error
# np.argmin => np.argmax
# %% 6 wrong: energy as the sum of squares
# q = np.mean(labels_1**2) => q = np.sum(labels_1**2)
# %% 7 right: loops
def four_parts(e, k, N, a, R, V):
    d = f = b = v = 0.0
    for E, K, n, A, r, add in zip(e, k, N, a, R, V):
        d -= (1 - A * A) * n
        f += E * ((1 - A * K) ** 2 - (1 - K) ** 2)
        b += E * ((1 - A * K - (1 - A) * r) ** 2 - (1 - A * K) ** 2) + (1 - A) ** 2 * E * r * (1 - r)
        v += add
    return d, f, b, v
# %% 7 right: the short form of what is brought
def four_parts(e, k, N, a, R, V):
    brought = e * (1 - a) * R * ((1 - a) - 2 * (1 - a * k))
    return np.array([np.sum((a**2 - 1) * N), np.sum(e * (1 - a) * k * (2 - k - a * k)), brought.sum(), V.sum()])
# %% 7 right: differences of errors
def four_parts(e, k, N, a, R, V):
    one = np.sum(e * (1 - k) ** 2 + N)
    two = np.sum(e * (1 - k) ** 2 + a**2 * N)
    three = np.sum(e * (1 - a * k) ** 2 + a**2 * N)
    four = np.sum(e * (1 - a * k - (1 - a) * R) ** 2 + a**2 * N + (1 - a) ** 2 * e * R * (1 - R))
    return [two - one, three - two, four - three, V.sum()]
# %% 7 right: a column
# return [np.sum(part) for part in (denoised, forgotten, brought, V)] => return [[np.sum(part)] for part in (denoised, forgotten, brought, V)]
# %% 7 right: float32
# return [np.sum(part) => return [np.float32(np.sum(part))
# %% 7 wrong: share not squared
# -(1 - a**2) * N => -(1 - a) * N
# %% 7 wrong: prior without noise
#  + (1 - a) ** 2 * e * R * (1 - R) =>  + 0
# %% 7 wrong: order
# (denoised, forgotten, brought, V) => (forgotten, denoised, brought, V)
# %% 7 wrong: prior not weighted
# a * k + (1 - a) * R => a * k + R
# %% 7 wrong: per block
# [np.sum(part) for part in (denoised, forgotten, brought, V)] => [denoised, forgotten, brought, V]
# %% 7 wrong: sign of what is denoised
# denoised = -( => denoised = (
# %% 7 wrong: forgotten by the prior, too
# forgotten = e * ((1 - copied) ** 2 => forgotten = e * ((1 - kept) ** 2
# %% 7 wrong: gain instead of difference
# np.sum(part) for => -np.sum(part) for
# %% 6 wrong: many samples, whatever gamma is
# q = np.mean(labels_1**2) => gamma_s = 0.2\n    q = np.mean(labels_1**2)
# %% 7 wrong: the energies of one example
# copied, kept = => e = np.array([0.6, 0.4])\n    copied, kept =
# %% 6 wrong: twice the ratio
# q = np.mean(labels_1**2) => gamma_s = 2 * gamma_s\n    q = np.mean(labels_1**2)
# %% 1 wrong: negative shares clipped
# return pgr => return {name: max(0.0, float(share)) for name, share in pgr.items()}
