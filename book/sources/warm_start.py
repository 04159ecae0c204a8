# %% [markdown]
# # Pre-training: a geometric warm start
#
# **After this chapter you can**
#
# - say why a student that starts from nothing learns nothing from a weak supervisor's labels, and what
#   pre-training changes;
# - draw the path of fine-tuning on a sphere, and read off it the gain, the best stopping time and the plateau;
# - compute how much pre-training is needed before the gain appears: a sharp threshold;
# - say which parts of this picture are exact, which are bounds, and which survive other inputs and other links.
#
# **Prerequisites:** {doc}`random_matrices` (spiked covariances). Code of this chapter: `w2slib.warm_start`.

# %%
import matplotlib.pyplot as plt
import numpy as np

from w2slib import data, explorer, figures, random_matrices
from w2slib import warm_start as ws
from w2slib.simulation import Estimate

phase = explorer.warm_start()

# %% [markdown]
# ## The setting, and the whole story in one picture
#
# The **truth** is a direction, a unit vector $w_\star \in \mathbb{R}^d$. Labels are $y = h_k(\langle w_\star, x\rangle)$ with
# $x \sim N(0, I_d)$ and the normalised Hermite polynomial $h_k$ of degree $k \ge 2$
# ($h_2(z) = (z^2 - 1)/\sqrt2$, $h_3(z) = (z^3 - 3z)/\sqrt6$). The **weak supervisor** is another direction
# $w_t$, at **overlap** $\rho = \langle w_t, w_\star\rangle$ with the truth; it labels inputs by $h_k(\langle w_t, x\rangle)$. The
# **student** is a third direction $w$. Pre-training chooses its start $w_0$, with overlap
# $m_0 = \langle w_0, w_\star\rangle$; fine-tuning moves it by gradient descent on the supervisor's labels. It never sees a true one.

# %% tags=["hide-input"]
start_overlap, teacher_overlap = 0.6, 0.8
truth = np.array([0, 0, 1.0])
w_t = np.array([np.sqrt(1 - teacher_overlap**2), 0, teacher_overlap])
w_0 = np.array([0, -np.sqrt(1 - start_overlap**2), start_overlap])
side = (w_0 - (w_0 @ w_t) * w_t) / np.sqrt(1 - (w_0 @ w_t) ** 2)
path = ws.flow(start_overlap, teacher_overlap, 3, np.linspace(0, 1.2, 300))
arc = np.outer(w_t, path.supervisor) + np.outer(side, np.sqrt(1 - path.supervisor**2))

# %% mystnb={"image": {"alt": "Left: a sphere. A great circle leads from the start w0 to the supervisor wt; the truth w-star lies off that circle, and the point of the path nearest to it is marked. Right: the student's overlap with the truth along that path rises from 0.6 to a peak above 0.83 and falls back to the supervisor's 0.8."}} tags=["hide-input"]
fig = plt.figure(figsize=(9.6, 3.9), layout="constrained")
globe = fig.add_subplot(1, 2, 1, projection="3d")
u, v = np.meshgrid(np.linspace(0, 2 * np.pi, 49), np.linspace(0, np.pi, 25))
sphere = np.cos(u) * np.sin(v), np.sin(u) * np.sin(v), np.cos(v)
globe.plot_wireframe(*sphere, color="#cccccc", linewidth=0.4, rstride=2, cstride=2)
globe.plot(*arc, color=figures.COLOURS[0], linewidth=3)
turn = np.linspace(0, 2 * np.pi, 200)
circle = np.outer(w_t, np.cos(turn)) + np.outer(side, np.sin(turn))
globe.plot(*circle, ":", color=figures.COLOURS[0], linewidth=1)
points = {r"truth $w_\star$": truth, "supervisor $w_t$": w_t, "start $w_0$": w_0}
for name, point in (points | {"best": arc[:, path.truth.argmax()]}).items():
    globe.plot(*point[:, None], "o", color="black", markersize=5)
    globe.text(*(point + np.array([0.05, 0.0, 0.12])), name, fontsize=9)
globe.view_init(elev=38, azim=-50)
globe.set_box_aspect((1, 1, 1), zoom=1.5)
globe.set_axis_off()
with plt.rc_context(figures.STYLE):
    right = fig.add_subplot(1, 2, 2)
right.plot(path.times, path.truth, label="student")
right.axhline(teacher_overlap, color="black", linestyle="--", label=r"supervisor $\rho$")
title = rf"$m_0 = {start_overlap}$, $\rho = {teacher_overlap}$, degree 3"
figures.describe(right, "time", "truth", title, legend="best")
plt.show()

# %% [markdown]
# Fine-tuning walks along a **great circle** from $w_0$ to $w_t$. The truth lies off that circle, because the errors of
# start and supervisor have nothing to do with each other. So the student first comes *closer to the truth than
# its supervisor is*, then passes it and ends as a copy of the supervisor: **gain, then saturation.** Two things can go
# wrong: the start may be so far away that there is no slope to follow, or training may go on for too long.
#
# The error of a direction with overlap $m$ follows from the orthogonality of the {term}`Hermite polynomials`:
#
# $$L(m) = E\,\bigl[h_k(\langle w, x\rangle) - h_k(\langle w_\star, x\rangle)\bigr]^2 = 2 - 2m^k .$$
#
# 0 is perfect, 2 is as bad as knowing nothing. The supervisor's error is $L_t = 2 - 2\rho^k$, the student's is called
# $L_s$, and weak-to-strong generalization (W2SG) means $L_s < L_t$.
#
# ## Predict first, then drag
#
# Pre-training, in this model, sees unlabelled inputs that vary more along one direction $v$: $x \sim N(0, I + \theta vv^\top)$,
# $\gamma = d/n_{\text{pre}}$. Here $v = w_\star$.
#
# :::{admonition} Predict
# :class: note
# At $\gamma = 0.5$, does a little pre-training (small $\theta$) help a little? Would a student gain more by training for
# longer? And who gains more from the same start: the pupil of a good supervisor, or of a poor one? (Blue: the
# student wins.)
# :::

# %% tags=["hide-input"]
phase

# %% [markdown]
# The same picture for print, at the explorer's first setting:

# %% mystnb={"image": {"alt": "Map of student's minus supervisor's error over spike strength x and fine-tuning time, degree 3. Left of the dashed threshold at x 0.71 the supervisor wins at all times. To its right the student wins above a boundary that falls steeply with x; the deepest blue is a band, and fades for long times."}} tags=["hide-input"]
gamma, rho, degree = 0.5, 0.8, 3
x, times = np.geomspace(0.2, 5, 121), np.geomspace(0.02, 2, 121)
student = ws.flow(ws.initial_overlap(x, gamma), rho, degree, times).truth
gap = ws.error(student.T, degree) - ws.error(rho, degree)
fig, ax = figures.subplots(figsize=(6.4, 3.8))
names = dict(xlabel=r"spike $\theta$ of the pre-training data", ylabel=figures.LABELS["time"])
names["marker_label"] = r"$\theta = \sqrt{\gamma}$"
figures.phase_diagram(x, times, gap, marker=np.sqrt(gamma), limit=0.6, ax=ax, **names)
ax.set_xticks([0.2, 0.5, 1, 2, 5], labels=["0.2", "0.5", "1", "2", "5"])
ax.set_yticks([0.02, 0.1, 0.5, 2], labels=["0.02", "0.1", "0.5", "2"])
ax.minorticks_off()
ax.legend(loc="lower left")
plt.show()

# %% [markdown]
# Every slider has a handle in Python, too. In a live notebook this cell moves the picture above:

# %%
start = phase.settings
elsewhere = dict(theta=2.0, gamma=1.0, rho=0.7, degree=2, time=0.2)
for name, value in elsewhere.items():
    phase.set(**{name: value})
print(f"there, L_s - L_t = {phase.evaluate('diff'):.3f}")
phase.set(**start)  # and back

# %% [markdown]
# ## Impossibility first: what a random start can and cannot do
#
# A uniformly random start has overlap of order $d^{-1/2}$ with everything: with the truth and with the supervisor. On the
# whole population (infinitely many inputs), the overlap $m = \langle w, w_t\rangle$ with the supervisor obeys
#
# $$\dot m = 2k\,m^{k-1}(1 - m^2),$$
#
# so the first slope is of order $d^{-(k-1)/2}$. The degree $k$ is the **information exponent** of the target: the order of
# the first Hermite coefficient that is not zero.
#
# - $k = 2$: exponential growth. The student *merely waits*, for a time $\tfrac14\log\sqrt d$.
# - $k \ge 3$: even the population flow needs $t \approx m^{2-k}/(2k(k-2))$, that is $\sqrt d/6$ for $k = 3$ and $d/16$ for
#   $k = 4$. With $n_s \propto d$ samples the slope drowns in sampling noise on the way: the student *stalls*.
#
# The simulation has $n_s = 20\,d$ noiseless labels, $d = 200$; each line is one random start with its own supervisor.

# %%
dim, seeds = 200, 24
cold = {}
for degree, step_size in [(2, 0.04), (3, 0.04), (4, 0.01)]:
    rng = np.random.default_rng(degree)
    starts, teachers = rng.standard_normal((2, seeds, dim))
    size = dict(n_samples=20 * dim, noise_var=0.0, step_size=step_size, n_steps=120)
    cold[degree] = ws.fine_tune(starts, degree=degree, supervisor=teachers, rng=rng, **size)

# %% mystnb={"image": {"alt": "Overlap with the supervisor against gradient steps for 24 random starts in each of three panels. Degree 2: most lines rise to plus or minus 1 after a wait. Degrees 3 and 4: all lines stay near zero."}} tags=["hide-input"]
fig, axes = figures.subplots(1, 3, figsize=(10.4, 3.2), sharey=True)
for ax, (degree, run) in zip(axes, cold.items(), strict=True):
    overlap = run.supervisor if degree == 3 else np.abs(run.supervisor)
    ax.plot(overlap.T, color=figures.COLOURS[0], linewidth=0.8, alpha=0.7)
    title = f"degree {degree}: {np.mean(overlap[:, -1] > 0.9):.0%} arrive"
    figures.describe(ax, "gradient steps", title=title, ylim=(-0.3, 1.05))
axes[0].set_ylabel(r"overlap with the supervisor")
plt.show()

# %% [markdown]
# For even $k$ the labels cannot tell $w$ from $-w$, so the panels for $k = 2$ and 4 show $|\langle w, w_t\rangle|$. That learning
# a single-index target from a random start fails at $n \propto d$ when its {term}`information exponent` is large is known; [Blessing]
# builds on such impossibility results {cite}`yao2026blessing`.
#
# ## Pre-training: the spectral start
#
# Pre-training never sees a label. All it can use is that the inputs vary more in some direction. In the model of
# [Blessing] it is a *spectral initialization* on *spiked Gaussian data*; here it returns the top eigenvector of the sample
# covariance of $n_{\text{pre}} = d/\gamma$ inputs $x \sim N(0, I + \theta vv^\top)$, with $\langle v, w_\star\rangle = \alpha$. By the
# theorem of Baik, Ben Arous and Péché ({doc}`random_matrices`) its overlap with the truth is
#
# $$m_0 = \alpha\,\sqrt{\frac{1 - \gamma/\theta^2}{1 + \gamma/\theta}} \quad\text{if } \theta > \sqrt\gamma,
#   \qquad\text{and } 0 \text{ otherwise.}$$
#
# Below $\theta = \sqrt\gamma$ the data contain the direction, and yet the top eigenvector does not show it.

# %%
pre_gamma, ratio = 0.5, np.linspace(0.2, 3, 15)  # ratio = theta / sqrt(gamma)
spectral = {
    d: ws.simulate_spectral(ratio * np.sqrt(pre_gamma), gamma=pre_gamma, dim=d, n_trials=12, rng=d)
    for d in (50, 150, 450)
}

# %% mystnb={"image": {"alt": "Left: overlap of the spectral start against theta over root gamma for d 50, 150 and 450; the markers sharpen onto the theoretical curve, which is zero up to 1 and then rises steeply. Right: histogram of sample eigenvalues under the Marchenko-Pastur density, with one eigenvalue far to the right at the predicted place."}} tags=["hide-input"]
x, dim, strength = np.linspace(0.1, 3, 300), 500, 1.8
fig, (left, right) = figures.subplots(1, 2, figsize=(10.2, 3.6))
limit = ws.initial_overlap(x * np.sqrt(pre_gamma), pre_gamma)
left.plot(x, limit, "--", color="black", label=r"$d \to \infty$")
for index, (d, run) in enumerate(spectral.items()):
    sample = (ratio, run.overlap_mean, run.overlap_stderr)
    figures.curve(ratio, sample=sample, label=f"d = {d}", index=index, ax=left)
words = r"$\theta/\sqrt{\gamma}$", "overlap $m_0$ with the truth", "mean ± 2 s.e. of 12 trials"
figures.describe(left, *words, legend="best")
X = np.random.default_rng(1).standard_normal((int(dim / pre_gamma), dim))
X[:, 0] *= np.sqrt(1 + strength)
eigenvalues, x = np.linalg.eigvalsh(X.T @ X / len(X)), np.linspace(0.01, 4.2, 400)
figures.spectrum(eigenvalues, x, random_matrices.marchenko_pastur_density(x, pre_gamma), ax=right)
outlier = random_matrices.bbp_top_eigenvalue(strength, pre_gamma)
figures.reference(right, x=outlier, label="predicted outlier", index=2)
title = rf"$\theta = {strength}$, $\gamma = {pre_gamma}$, $d = {dim}$"
figures.describe(right, title=title, legend="best")
plt.show()

# %% [markdown]
# ## The effective region: where there is a slope
#
# How strongly does the loss pull towards the labels' own direction? For the population loss on the sphere (this book's
# computation; $\nabla L = -2km^{k-1}(w_t - m\,w)$):
#
# $$\frac{\langle -\nabla L, w_t - w\rangle}{\|w_t - w\|^2} = k\,m^{k-1}(1 + m) =: \mu(m), \qquad m = \langle w, w_t\rangle .$$
#
# This is **one-point strong convexity**: the loss need not be convex, but seen from the one point $w_t$ it slopes down
# everywhere with rate at least $\mu$. At a random start $\mu \approx 0$; a warm start makes it a constant.
#
# Towards the **truth** the supervisor's bias perturbs it. If the errors of $w$ and $w_t$ have correlation $s$ (the cosine
# between their parts orthogonal to $w_\star$), now with $m = \langle w, w_\star\rangle$,
#
# $$\frac{\langle -\nabla L, w_\star - w\rangle}{\|w_\star - w\|^2} = \frac{k\,m_t^{k-1}(\rho - m_t m)}{1 - m},
#   \qquad m_t = m\rho + s\sqrt{1 - m^2}\sqrt{1 - \rho^2} .$$
#
# For independent errors, $s = 0$, this is $\rho^k\mu(m)$: **the bias costs a factor $\rho^k$, and the slope still points to the
# truth.** Markers below are sampled gradients ($d = 100$, $n_s = 20\,d$, one matrix product for all of them).

# %%
m, size = np.linspace(0.1, 0.9, 9), dict(samples_per_dim=20, dim=100, n_trials=30)
sampled = {
    degree: ws.simulate_gradients(m, [0.6, 0.8, 1.0], degree=degree, rng=degree, **size)
    for degree in (2, 3, 4)
}

# %% mystnb={"image": {"alt": "Left: slope towards the labels' direction against the overlap, for degrees 2, 3 and 4; theory curves k m to the k minus 1 times 1 plus m run through the sampled markers, starting from zero. Right: slope towards the truth for degree 3 and supervisors with overlap 0.6, 0.8 and 1; smaller overlap, smaller slope, theory through markers."}} tags=["hide-input"]
x = np.linspace(0, 0.95, 200)
fig, (left, right) = figures.subplots(1, 2, figsize=(10.2, 3.6))
for index, (degree, run) in enumerate(sampled.items()):
    theory, sample = ws.curvature(x, degree), (m, run.truth_mean[:, 2], run.truth_stderr[:, 2])
    figures.curve(x, theory, sample=sample, label=f"k = {degree}", index=index, ax=left)
for index, rho in enumerate(sampled[3].rho):
    mean, stderr = sampled[3].truth_mean[:, index], sampled[3].truth_stderr[:, index]
    theory, label = ws.truth_rate(x, rho, 3), rf"$\rho = {rho:g}$"
    figures.curve(x, theory, sample=(m, mean, stderr), label=label, index=index, ax=right)
words = r"overlap $m$ with the labels' direction", r"$\mu(m)$"
figures.describe(left, *words, "towards the labels' own direction", legend="best")
words = "overlap $m$ with the truth", "rate", "towards the truth, degree 3"
figures.describe(right, *words, legend="best")
plt.show()

# %% [markdown]
# Where does descent help? The slope towards the truth is positive while
#
# $$\tan\angle(w, w_\star) > s\,\tan\angle(w_t, w_\star)$$
#
# (for odd $k$; for even $k$ also $m_t > 0$). With independent errors: everywhere. If student and supervisor make *similar*
# errors ($s = 0.8$, on the right), only where the student is clearly worse than the supervisor.

# %%
fine_m, fine_rho = np.linspace(0.05, 0.9, 16), np.linspace(0.4, 0.95, 12)
size = dict(degree=3, samples_per_dim=200, dim=20, n_trials=16)
maps = {
    s: ws.simulate_gradients(fine_m, fine_rho, correlation=s, rng=5, **size) for s in (0.0, 0.8)
}

# %% mystnb={"image": {"alt": "Two maps of the sampled slope towards the truth over the student's overlap m and the supervisor's rho. Left, independent errors: blue, descent helps everywhere. Right, correlation 0.8: blue only above a curve close to the diagonal, which the dashed theory contour follows; orange where the student is better than the supervisor."}} tags=["hide-input"]
# Minus the rate, so that blue means "helps" as everywhere in the book.
shown = {rf"correlation of the errors s = {s:g}": -run.truth_mean.T for s, run in maps.items()}
names = dict(xlabel="student's overlap $m$", ylabel=r"supervisor's overlap $\rho$", log="")
names |= dict(label="minus the rate  (blue: towards the truth)", figsize=(10.2, 3.8))
fig, axes = figures.phase_row(fine_m, fine_rho, shown, limit=4, **names)
tangent = max(maps) * np.sqrt(1 - fine_rho**2) / fine_rho
style = dict(color=figures.THEORY_CONTOUR, linewidth=2, label="theory: rate 0")
axes[1].plot(1 / np.sqrt(1 + tangent**2), fine_rho, "--", **style)
axes[1].set_ylabel(names["ylabel"])
axes[1].legend(loc="lower right")
plt.show()

# %% [markdown]
# ### A guarantee, and what it cannot promise
#
# [Blessing] calls the place where W2SG works an *effective region*, with a *perturbed strong-convexity geometry*. In this
# book's setting: on the whole arc from a start with independent error to the supervisor,
#
# $$\langle\nabla\hat L, w - w_\star\rangle \ge \mu\,\|w - w_\star\|^2 - \varepsilon\,\|w - w_\star\|, \qquad \mu = \mu(m_0),$$
#
# with a part $\varepsilon_{\text{bias}}$ of $\varepsilon$ from the supervisor's bias and a part
# $\varepsilon_{\text{sampling}} = \sqrt{V d/n_s}$ from finite samples (`perturbation`; $V$ is the variance of one sample's gradient in a
# generic direction). Descent then contracts until $\|w - w_\star\| \approx \varepsilon/\mu$. Since it ends at the supervisor,
# $\varepsilon/\mu$ is never below the supervisor's own distance: *this inequality alone cannot promise W2SG*. It promises that
# a warm student catches up; that it comes closer on its way is due to the circle.

# %% mystnb={"image": {"alt": "Left: measured sampling fluctuation of the gradient against overlap for degrees 2 and 3, on the theory curve. Right: contraction radius epsilon over mu against the start's overlap for n per d of 200, 2000 and infinity, degree 2, rho 0.9, with the start's own distance as a solid line; where a curve is below it, the guarantee holds; the effective region starts at larger overlap for fewer samples."}} tags=["hide-input"]
x, case = np.linspace(0.03, 0.97, 200), dict(degree=2, rho=0.9)
fig, (left, right) = figures.subplots(1, 2, figsize=(10.2, 3.7))
for index, degree in enumerate((2, 3)):
    run, n = sampled[degree], sampled[degree].setting["samples_per_dim"]
    theory = np.sqrt(ws.gradient_noise(x, degree) / n)
    sample = (run.m, run.fluctuation_mean[:, 2], run.fluctuation_stderr[:, 2])
    figures.curve(x, theory, sample=sample, label=f"k = {degree}", index=index, ax=left)
words = "overlap with the labels' direction", "norm of the fluctuation"
figures.describe(left, *words, rf"$\sqrt{{V d/n_s}}$ at $n_s = {n}\,d$", legend="best")
for index, n in enumerate((200, 2000, np.inf)):
    error = np.add(*ws.perturbation(x, samples_per_dim=n, **case))
    label = rf"$\varepsilon/\mu$, $n_s/d$ = {n:g}"
    figures.curve(x, error / ws.curvature(x, case["degree"]), label=label, index=index, ax=right)
    region = ws.effective_region(samples_per_dim=n, **case)
    edge = dict(marker=figures.MARKERS[index], color=figures.COLOURS[index], markersize=7)
    right.plot(region.overlap, region.radius, **edge)
right.plot(x, np.sqrt(2 - 2 * x), color="black", label="distance of the start")
figures.reference(right, y=np.sqrt(2 - 2 * case["rho"]), label="distance of the supervisor")
words = "start's overlap $m_0$", "distance from the truth"
title = rf"degree 2, $\rho = {case['rho']}$; marker: edge of the region"
figures.describe(right, *words, title, legend=dict(fontsize=8), ylim=(0, 2))
plt.show()

# %% [markdown]
# `effective_region` returns that edge and its constants. The measured perturbation
# $\varepsilon = \mu(m)\|w - w_\star\| - \langle -\nabla\hat L, w_\star - w\rangle/\|w - w_\star\|$ at starts with independent errors, from the sampled
# gradients above, against its exact value $(1 - \rho^k)\,\mu(m)\,\|w - w_\star\|$:

# %%
run = sampled[3]
distance, mu = np.sqrt(2 - 2 * run.m)[:, None], ws.curvature(run.m, 3)[:, None]
measured, exact = (mu - run.truth_mean) * distance, (1 - run.rho**3) * mu * distance
error = run.truth_stderr * distance
for j, rho in enumerate(run.rho):
    found = f"{measured[4, j]:.2f} ± {2 * error[4, j]:.2f} (2 s.e.)"
    print(f"rho = {rho}: at m = 0.5 measured {found}, exact {exact[4, j]:.2f}")
for n in (200, 2000, np.inf):
    region = ws.effective_region(2, 0.9, samples_per_dim=n)
    found = f"m0 >= {region.overlap:.3f}, mu = {region.mu:.3f}"
    print(f"n_s/d = {n:6g}: {found}, epsilon/mu = {region.radius:.3f}")

# %% [markdown]
# ## Gain, then saturation
#
# Along the circle everything is explicit. With $c = \langle w_0, w_t\rangle$ (which is $m_0\rho$ for independent errors), at
# $m = \langle w, w_t\rangle$
#
# $$\langle w, w_\star\rangle = \rho\,m + \frac{m_0 - \rho c}{\sqrt{1 - c^2}}\sqrt{1 - m^2}, \qquad
#   m_{\text{best}}^2 = \rho^2 + \frac{(m_0 - \rho c)^2}{1 - c^2} .$$
#
# $m_{\text{best}}$ is the length of the truth's shadow on the plane of the circle. For independent errors it exceeds $\rho$ for
# **every** $m_0 > 0$, by
#
# $$m_{\text{best}}^2 - \rho^2 = \frac{m_0^2(1 - \rho^2)^2}{1 - m_0^2\rho^2} .$$
#
# A better start helps, and a *worse* supervisor leaves more to gain. Neither the degree nor the link function appears:
# they set the speed, not the path. (All of this is this book's derivation; try it: project $w_\star$ onto the plane.)

# %%
common_m0, common_rho = 0.6, 0.8
size = dict(degree=2, samples_per_dim=300, dim=40, step_size=0.025, n_steps=60, n_trials=10)
from_starts = ws.simulate([0.4, 0.6, 0.75], common_rho, rng=7, **size)
by_supervisors = ws.simulate(common_m0, [0.6, 0.75, 0.9], rng=8, **size)

# %% mystnb={"image": {"alt": "Student's test error against fine-tuning time, theory dashed with simulated markers. Left: three starts and one supervisor; each curve falls below the dashed supervisor's error, reaches its best where a star marks the predicted time and height, and rises back. Right: one start, three supervisors; the same shape, ending at each supervisor's own error."}} tags=["hide-input"]
fig, axes = figures.subplots(1, 2, figsize=(10.4, 3.9), sharey=True)
for ax, run, varied in zip(axes, (from_starts, by_supervisors), ("m0", "rho"), strict=True):
    degree, pairs = run.setting["degree"], np.broadcast(run.setting["m0"], run.setting["rho"])
    for index, (m0, rho) in enumerate(pairs):
        theory = ws.error(ws.flow(m0, rho, degree, run.times).truth, degree)
        sample = (run.times, run.error_mean[index], run.error_stderr[index])
        label = f"$m_0 = {m0:g}$" if varied == "m0" else rf"$\rho = {rho:g}$"
        look = dict(every=4, label=label, index=index, ax=ax)
        figures.curve(run.times, theory, sample=sample, **look)
        best = ws.best_time(m0, rho, degree), ws.error(ws.best_overlap(m0, rho), degree)
        ax.plot(*best, "*", color="black", markersize=10, zorder=5)
        colour = figures.COLOURS[index] if varied == "rho" else "black"
        ax.axhline(ws.error(rho, degree), color=colour, linestyle=":", linewidth=1)
    title = "degree 2; dotted: supervisor; star: best, predicted"
    figures.describe(ax, "time", title=title, legend="best")
axes[0].set_ylabel("student's test error $L_s$")
plt.show()

# %% [markdown]
# Once ahead, the population student stays ahead: it returns to its supervisor's error from below (`winning_time` has the
# closed form). Label noise of variance $\nu^2$ is different: training averages it away, and the plateau is
# $\rho/\sqrt{1 + \nu^2 d/(k n_s)}$. Few samples cost more: they lower the peak and delay it (degree 3 on the left: its
# gradients are so noisy that 64 samples per dimension are not yet many).

# %%
few_case, few = dict(m0=0.75, rho=0.8, degree=3), {}
for n, step in [(4, 0.006), (16, 0.01), (64, 0.015)]:
    size = dict(step_size=step, n_steps=round(1.2 / step), dim=64, n_trials=16, rng=n)
    few[n] = ws.simulate(samples_per_dim=n, **few_case, **size)
noisy_case, noise = dict(m0=0.6, rho=0.8, degree=2), dict(samples_per_dim=50, noise_var=1.0)
size = dict(dim=40, step_size=0.025, n_steps=60, n_trials=10, rng=9)
noisy = ws.simulate(**noisy_case, **noise, **size)

# %% mystnb={"image": {"alt": "Left: student's error against time for 4, 16 and 64 samples per dimension and for the population; with more samples the minimum deepens and approaches the population's; with 4 the student hardly gets below the supervisor's error. Right: with label noise the overlap with the truth saturates at the predicted level slightly below rho."}} tags=["hide-input"]
fig, (left, right) = figures.subplots(1, 2, figsize=(10.2, 3.8))
for index, (n, run) in enumerate(few.items()):
    sample, stride = (run.times, run.error_mean[0], run.error_stderr[0]), len(run.times) // 16
    look = dict(label=f"$n_s/d = {n}$", index=index, ax=left)
    figures.curve(run.times, sample=sample, every=stride, **look)
times, rho, degree = np.linspace(0, 1.2, 200), few_case["rho"], few_case["degree"]
population = ws.error(ws.flow(times=times, **few_case).truth, degree)
left.plot(times, population, "--", color="black", label="population")
figures.reference(left, y=ws.error(rho, degree), label="supervisor")
title = rf"$m_0 = {few_case['m0']}$, $\rho = {rho}$, degree {degree}"
figures.describe(left, "time", "student's test error $L_s$", title, legend="best")
theory = ws.flow(times=noisy.times, **noisy_case).truth
sample, label = (noisy.times, noisy.truth_mean[0], noisy.truth_stderr[0]), "population, no noise"
figures.curve(noisy.times, theory, sample=sample, every=4, label=label, ax=right)
plateau = ws.saturation_overlap(noisy_case["rho"], noisy_case["degree"], **noise)
figures.reference(right, y=plateau, label=r"plateau, $\nu^2 = 1$")
title = r"degree 2, noisy labels, $n_s = 50\,d$, $m_0 = 0.6$"
figures.describe(right, "time", "truth", title, legend="best")
plt.show()

# %% [markdown]
# ## A bound with three terms
#
# Integrating the perturbed inequality gives, for the distance from the truth,
#
# $$\|w(t) - w_\star\| \le \underbrace{e^{-\mu t}\sqrt{2 - 2m_0}}_{\text{optimisation}}
#   + \underbrace{(1 - e^{-\mu t})\,\varepsilon_{\text{sampling}}/\mu}_{\text{sampling}}
#   + \underbrace{(1 - e^{-\mu t})\,\varepsilon_{\text{bias}}/\mu}_{\text{supervisor's bias}},$$
#
# and $L_s \le k\,\|w - w_\star\|^2$. It has the shape that [Blessing] describes for its generalization bound, an initial
# improvement followed by a saturation bottleneck dictated by the weak supervisor's bias {cite}`yao2026blessing`; the
# constants here are this book's. It is a bound, not a prediction: the sampling term takes the whole
# gradient noise to point away from the truth, which it does not.

# %%
bound_case = dict(m0=0.6, rho=0.9, degree=2, samples_per_dim=300)
bounded = ws.simulate(dim=40, step_size=0.03, n_steps=70, n_trials=12, rng=10, **bound_case)
terms = ws.distance_bound(bounded.times, **bound_case)
distance = np.sqrt(2 - 2 * bounded.truth_mean[0])
holds = np.all(distance <= np.sum(terms, axis=0) + 1e-9)
print("the bound holds at every step:", bool(holds))

# %% mystnb={"image": {"alt": "Stacked areas of the three terms of the bound against time: the optimisation term decays, sampling and bias terms grow and level off. The measured distance lies below their sum, falls first, dips, and settles at the supervisor's distance."}} tags=["hide-input"]
measured = np.sqrt(2 - 2 * bounded.truth_mean[0])
spread = 2 * bounded.truth_stderr[0] / measured  # delta method: d√(2 − 2m) = dm/√(2 − 2m)
fig, ax = figures.subplots(figsize=(6.8, 3.8))
names, colours = (
    ["optimisation", "sampling", "supervisor's bias"],
    ["#cfe3f1", "#e6e6e6", "#fde3c4"],
)
edges = dict(edgecolor="#888888", linewidth=0.5)
ax.stackplot(bounded.times, *terms, labels=names, colors=colours, **edges)
look = dict(fmt="o", color="black", markersize=4, capsize=2, label="measured distance")
ax.errorbar(bounded.times[::4], measured[::4], spread[::4], **look)
figures.reference(ax, y=np.sqrt(2 - 2 * bound_case["rho"]), label="supervisor's distance")
title = rf"degree 2, $m_0 = {bound_case['m0']}$, $\rho = {bound_case['rho']}$, $n_s = 300\,d$"
corner = dict(loc="upper right", ncols=2, fontsize=8)
figures.describe(ax, "time", r"$\|w - w_\star\|$", title, legend=corner, ylim=(0, None))
plt.show()

# %% [markdown]
# ## The phase transition in pre-training
#
# Now the two stages together: pre-train, then fine-tune on $n_s = 20\,d$ labels of a supervisor with $\rho = 0.8$, degree 3,
# and stop at the best time. Success is the **performance gap recovered**,
#
# $$\mathrm{PGR} = \frac{L_t - L_s}{L_t - L_{\text{ceiling}}},$$
#
# with the ceiling the same student trained on *true* labels. Where even the ceiling is no better than the supervisor there
# is no gap to recover, and the PGR is left undefined. (These simulations take minutes; `studies/warm_start_data.py` made the
# file read here, and the test suite re-runs it at small size.)

# %%
table = data.read("warm_start.csv")
pgr = ws.performance_gap_recovered(table["weak"], table["student"], table["ceiling"])


def rows(sweep, dim):
    """The rows of one sweep at one dimension."""
    return (table["sweep"] == sweep) & (table["dim"] == dim)


# %% mystnb={"image": {"alt": "Six panels. Columns: spike strength, pre-training samples per dimension for the spectral start, and samples seen by Oja's rule. Top: fraction of runs in which the student beats its supervisor; it climbs from 0 to 1, more steeply for larger d, near a dashed predicted threshold. Bottom: performance gap recovered, undefined or negative before the threshold and positive and rising after it, along the population's dashed curve."}} tags=["hide-input"]
sweeps = {
    "theta": ("theta", r"spike $\theta$  ($\gamma = 0.5$)", np.sqrt(0.5)),
    "samples": ("pretraining", r"samples $n_{\mathrm{pre}}/d$  ($\theta = 1$)", 1.0),
    "oja": ("pretraining", r"Oja's rule: samples$/d$  ($\theta = 1$)", None),
}
margin = 2 * table["student_stderr"] / table["weak"]
fig, axes = figures.subplots(2, 3, figsize=(10.8, 5.6), sharex="col", sharey="row")
for (top, bottom), (sweep, (axis, label, threshold)) in zip(axes.T, sweeps.items(), strict=True):
    for index, dim in enumerate((100, 200, 400)):
        chosen, colour = rows(sweep, dim), figures.COLOURS[index]
        style = dict(color=colour, marker=figures.MARKERS[index], linewidth=1, markersize=4.5)
        x = table[axis][chosen]
        top.plot(x, table["wins"][chosen], label=f"d = {dim}", **style)
        bottom.errorbar(x, pgr[chosen], margin[chosen], **style)
    rho = table["rho"][chosen]  # theory from the measured starts at d = 400, degree 3
    predicted = (ws.best_overlap(table["start"][chosen], rho) ** 3 - rho**3) / (1 - rho**3)
    bottom.plot(x, predicted, "--", color="black", label="population, same starts")
    for ax in (top, bottom):
        _ = threshold and figures.reference(ax, x=threshold)
    bottom.set(xlabel=label, ylim=(-1.1, 0.6))
axes[1, 1].set_xscale("log", base=2)
axes[1, 1].set_xticks([0.25, 1, 4], labels=["1/4", "1", "4"])
figures.describe(axes[0, 0], y="fraction with $L_s < L_t$", legend="best")
figures.describe(axes[1, 0], y="PGR", legend=dict(loc="lower right", fontsize=8))
plt.show()

# %% [markdown]
# **In words.** Nothing, then almost everything: below the dotted threshold $\theta = \sqrt\gamma$, that is
# $n_{\text{pre}}/d = 1/\theta^2$, the student wins in few runs, fewer as $d$ grows, and the transition sharpens. It lies a little to the right of
# the threshold, because with $n_s = 20\,d$ samples the start must be warm enough to follow a noisy slope. (Where
# $m_0 > \rho$, at the right end, the student is ahead before it starts.) [Blessing] reports such a phase transition over
# checkpoints of language models; {doc}`checkpoints` tries it on a small scale.
#
# **Checkpoints of a stream.** Real pre-training has no eigendecomposition. *Oja's rule* sees one input at a time,
# $w \leftarrow w + \frac{\tau}{d}\langle w, x\rangle x$, then normalises. For large $d$ its squared overlap $q$ with the {term}`spike` follows a
# logistic curve in $u = \text{samples}/d$ (this book's derivation: mean and second-order drift of one step)
#
# $$\frac{dq}{du} = a\,q - b\,q^2, \qquad a = \tau(2\theta - \tau), \quad b = \tau\theta(2 + \tau).$$
#
# From a random start, $q \approx 1/d$, it needs $u \approx \log(d)/a$: **long invisible progress, then an abrupt rise.** (At first the
# stream's own fluctuations matter as much as the start; `oja_random_start` accounts for both.) The threshold of the spectral start has become a waiting time that grows with $\log d$.

# %%
theta, tau, n_streams, seen = 1.0, 0.5, 16, np.linspace(0, 24, 13)
streams = {}
for d in (100, 400):
    size = dict(dim=d, n_samples=round(d * seen[-1]), step_size=tau, n_checkpoints=len(seen))
    runs = [ws.oja_trajectory(theta, rng=d + s, **size) for s in range(n_streams)]
    streams[d] = np.abs([run.overlap for run in runs])

# %% mystnb={"image": {"alt": "Left: overlap with the truth against samples per dimension seen by Oja's rule, mean of 16 streams with error bars for d 100 and 400, on the predicted curves; the rise comes later for the larger d. Right: sixteen single streams at d 400, flat at first and then rising abruptly at different times."}} tags=["hide-input"]
fig, (left, right) = figures.subplots(1, 2, figsize=(10.2, 3.5), sharey=True)
x = np.linspace(0, seen[-1], 200)
for index, (d, overlap) in enumerate(streams.items()):
    theory, sample = ws.oja_random_start(theta, x, tau, d), (seen, Estimate.of(overlap))
    figures.curve(x, theory, sample=sample, label=f"d = {d}", index=index, ax=left)
figures.describe(left, "samples seen / d", "truth", "mean of 16 streams", legend="best")
right.plot(seen, overlap.T, color=figures.COLOURS[index], linewidth=0.9)
figures.describe(right, "samples seen / d", title=f"the 16 streams at d = {d}")
plt.show()

# %% [markdown]
# The phase diagram over both resources, pre-training samples and the supervisor's quality ($\theta = 1$, $d = 200$):

# %% mystnb={"image": {"alt": "Map of student's minus supervisor's error over pre-training samples per dimension and the supervisor's overlap rho. Right of a boundary that starts near 1.4 samples per dimension, the student wins for all supervisors, most for poor ones; left of it the supervisor wins, most if it is good. The dashed line at 1 is the spectral threshold."}} tags=["hide-input"]
chosen = table["sweep"] == "phase"
samples, rho = np.unique(table["pretraining"][chosen]), np.unique(table["rho"][chosen])
gap = (table["student"] - table["weak"])[chosen].reshape(len(samples), len(rho)).T
fig, ax = figures.subplots(figsize=(6.6, 4.0))
names = dict(
    xlabel=r"pre-training samples $n_{\mathrm{pre}}/d$", ylabel=r"supervisor's overlap $\rho$"
)
names |= dict(marker_label=r"$n_{\mathrm{pre}}/d = 1/\theta^2$", log="x")
figures.phase_diagram(samples, rho, gap, marker=1.0, limit=1.0, ax=ax, **names)
ax.set_title("best stopping time, degree 3, $n_s = 20\\,d$")
ticks = {"1/4": 0.25, "1/2": 0.5, "1": 1, "2": 2, "4": 4, "8": 8}
ax.set_xticks(list(ticks.values()), labels=list(ticks), minor=False)
ax.minorticks_off()
ax.legend(loc="lower left")
plt.show()

# %% [markdown]
# ## What of this survives?
#
# The assumptions of the model are its limits: Gaussian inputs, a spike that points at the target, a polynomial link.
# Four checks, all simulations.

# %%
inputs_case = dict(m0=0.7, rho=0.8, degree=3, samples_per_dim=40)
size = dict(dim=40, step_size=0.004, n_steps=250, n_trials=10, rng=11)
other_inputs = {name: ws.simulate(inputs=name, **inputs_case, **size) for name in ws.INPUTS}

# %%
tilts, spike = np.array([0.2, 0.4, 0.6, 0.8, 1.0]), dict(theta=2.0, pretraining=4.0)
tilt_rho, tilt_degree = 0.7, 2
size = dict(samples_per_dim=60, dim=60, step_size=0.04, n_steps=50, n_trials=10, rng=12)
tilted = [
    ws.simulate_transition(rho=tilt_rho, degree=tilt_degree, alignment=a, **spike, **size)
    for a in tilts
]

# %%
relu_m0, relu_rho = 0.6, 0.8
size = dict(degree=1, link="relu", samples_per_dim=60, dim=60, step_size=0.04, n_steps=100)
warm = ws.simulate(relu_m0, relu_rho, n_trials=8, rng=13, **size)
random_start = ws.simulate(None, relu_rho, n_trials=8, rng=14, **size)

# %% mystnb={"image": {"alt": "Three panels. Left: overlap with the truth against time for Gaussian, t-distributed, sign and cluster inputs; all rise above rho on average and return, the t-distributed ones first and with by far the longest error bars. Middle: best error against the alignment of spike and target, on the population curve. Right: ReLU link; warm and random starts both reach the supervisor, and only the warm one overtakes it clearly."}} tags=["hide-input"]
fig, (left, middle, right) = figures.subplots(1, 3, figsize=(11.4, 3.5))
for index, (name, run) in enumerate(other_inputs.items()):
    sample, look = (run.times, run.truth_mean[0], run.truth_stderr[0]), dict(index=index, ax=left)
    figures.curve(run.times, sample=sample, every=16, label=name, **look)
figures.reference(left, y=inputs_case["rho"], label=r"supervisor $\rho$")
title, small = "other inputs, degree 3", dict(fontsize=8)
figures.describe(left, "time", "truth", title, legend=small)
m0 = ws.initial_overlap(spike["theta"], 1 / spike["pretraining"], tilts)
theory, errors = (
    ws.error(ws.best_overlap(m0, tilt_rho), tilt_degree),
    np.transpose([(run.student_mean[0, 0], run.student_stderr[0, 0]) for run in tilted]),
)
figures.curve(tilts, theory, sample=(tilts, *errors), label="student, best", ax=middle)
figures.teacher_line(ws.error(tilt_rho, tilt_degree), label="supervisor", ax=middle)
words = r"alignment $\alpha$ of spike and target", "test error", "a tilted spike, degree 2"
figures.describe(middle, *words, legend=small)
names = rf"warm, $m_0 = {relu_m0}$", "random start"
for index, (name, run) in enumerate(zip(names, (warm, random_start), strict=True)):
    sample, look = (run.times, run.truth_mean[0], run.truth_stderr[0]), dict(index=index, ax=right)
    figures.curve(run.times, sample=sample, every=5, label=name, **look)
figures.reference(right, y=relu_rho)
highest, label = ws.best_overlap(relu_m0, relu_rho), r"$m_{\mathrm{best}}$, any link"
right.axhline(highest, color="black", linestyle="--", linewidth=1, label=label)
figures.describe(right, "time", title="ReLU link", legend=small)
plt.show()

# %% [markdown]
# - **Other inputs.** Signs in a generic basis and clusters behave like Gaussians. Heavy tails ($t$ with 10 degrees of freedom) make the
#   gradient larger and noisier: the student moves faster, its gain is no larger on average and varies much more from run to run. (From a warm start, that is. At a cold one they give the gradient a
#   linear part that is not there otherwise; see {doc}`exercises/warm_start`.)
# - **A tilted spike** lowers $m_0$ by the factor $\alpha$, and the gain with it, as predicted. Pre-training must have found *this* task's
#   direction; strength does not replace alignment.
# - **Another link.** A ReLU contains a linear part: its information exponent is 1, and random starts learn. There pre-training is not needed to
#   *imitate* the supervisor, but it still is to *beat* it: the peak is the same $m_{\text{best}}$, whatever the link.
# - **Bias against noise.** Two supervisors with the same mean squared error against the true labels: one has a wrong direction, the other the right one
#   and noisy labels, $\nu^2 = 2 - 2\rho^k$. Training removes the noise by itself, and *longer* training is better; bias needs a {term}`warm start` and *{term}`early stopping`*.

# %%
same_m0, same_rho, cubic, per_dim = 0.7, 0.8, 3, 60
size = dict(degree=cubic, samples_per_dim=per_dim, dim=60, step_size=0.015, n_steps=90)
biased = ws.simulate(same_m0, same_rho, n_trials=12, rng=15, **size)
equal = ws.error(same_rho, cubic)  # the bias of one is the noise of the other
just_noisy = ws.simulate(same_m0, 1.0, noise_var=equal, n_trials=12, rng=16, **size)

dim, spiked = 60, []
size = dict(n_samples=60 * dim, noise_var=0.0, step_size=0.004, n_steps=200, spike=np.eye(dim)[0])
for s in range(8):
    start = ws.unit_vector(same_m0, dim=dim, rng=s)
    supervisor = ws.unit_vector(same_rho, dim=dim, rng=100 + s)
    spiked.append(ws.fine_tune(start, degree=cubic, supervisor=supervisor, rng=s, **size))

# %% mystnb={"image": {"alt": "Left: test error against time for a biased and a noisy supervisor of equal squared error; the biased one's student dips and returns to the supervisor's error, the noisy one's student falls to a small error and stays. Right: overlap with the truth when fine-tuning inputs carry the spike themselves, eight runs; the overlap rises above rho and comes back towards it."}} tags=["hide-input"]
fig, (left, right) = figures.subplots(1, 2, figsize=(10.2, 3.5))
for index, (name, run) in enumerate([("bias", biased), ("noise", just_noisy)]):
    sample, label = (run.times, run.error_mean[0], run.error_stderr[0]), f"supervisor with {name}"
    figures.curve(run.times, sample=sample, every=6, label=label, index=index, ax=left)
L_t = ws.error(same_rho, cubic)
figures.teacher_line(L_t, label="both supervisors", ax=left)
plateau = ws.error(ws.saturation_overlap(1.0, cubic, per_dim, L_t), cubic)
figures.reference(left, y=plateau, label="predicted plateau", index=1)
figures.describe(left, "time", "test error", legend=dict(fontsize=8))
overlaps = np.transpose([run.truth for run in spiked])
right.plot(spiked[0].times, overlaps, color=figures.COLOURS[0], linewidth=0.9)
right.axhline(same_rho, color="black", linestyle="--", label=r"supervisor $\rho$")
title = r"fine-tuning inputs with the spike ($\theta = 1$), 8 runs"
figures.describe(right, "time", "truth", title, legend="best")
plt.show()

# %% [markdown]
# ## Check yourself
#
# Every answer explains itself. Longer problems, with solutions: {doc}`exercises/warm_start`.

# %% tags=["hide-input"]
from jupyterquiz import display_quiz

display_quiz(data.quiz("warm_start"))

# %% [markdown]
# :::{admonition} Take-away
# :class: tip
# Fine-tuning moves the student from where pre-training left it to its supervisor, along a great circle. If the two
# made *independent* errors, the circle passes closer to the truth than either end: the student gains, is best at a
# definite time, and ends as an imitation. All it takes is a start warm enough for a slope to exist, and
# that appears abruptly, at $\theta = \sqrt\gamma$.
# :::
#
# **What is whose.** The framework (single-index model, spiked data, pre-training as a spectral start, an effective region with perturbed strong
# convexity, a bound of the form gain-then-saturation, the phase transition) is that of [Blessing] {cite}`yao2026blessing`, as its public abstract states it.
# All formulas of this chapter are this book's own derivations in its own setting, except the spectral overlap, which is the theorem of Baik,
# Ben Arous and Péché. No number here is taken from that paper. Effects of finite $n_s/d$, other inputs and the position of the
# transition at finite $d$ are simulations.
#
# **Limits.** The best stopping time is read off the true error; in practice it needs a few true labels. A population flow has no sampling
# noise; at $n_s = 20\,d$ the best error lies measurably above its prediction. The sampling term of the bound is a typical size, not a uniform bound.
#
# **Further reading.** The paper: {cite:t}`yao2026blessing`. How long a random start waits: {cite:t}`benarous2021online`. The
# spectral threshold: {cite:t}`baik2005phase`, {cite:t}`benaych2011eigenvalues`. Principal components from a stream:
# {cite:t}`oja1982simplified`.
#
# ## Headline numbers

# %% tags=["nbval-check-output"]
headline = dict(rho=0.8, degree=3)
m0 = ws.initial_overlap(1.2, 0.5)
print(f"spectral start at theta = 1.2, gamma = 0.5: m0 = {m0:.4f} (threshold {np.sqrt(0.5):.4f})")
best = ws.best_overlap(m0, headline["rho"])
when, ahead = ws.best_time(m0, **headline), ws.winning_time(m0, **headline)
print(f"best overlap {best:.4f} at t = {when:.4f}; ahead from t = {ahead:.4f}")
L_t, L_s = (ws.error(m, headline["degree"]) for m in (headline["rho"], best))
print(f"errors, degree 3: supervisor {L_t:.4f}, student at best {L_s:.4f}")
mu, lost = ws.curvature(headline["rho"] * m0, 3), ws.curvature(0.05, 3)
print(f"curvature at the start: {mu:.4f}; at a random one, d = 400: {lost:.4f}")
for name in ("warm", "random"):
    chosen = table["sweep"] == name
    start, wins, trials = (table[column][chosen][0] for column in ("start", "wins", "trials"))
    won = f"W2SG in {wins:.0%} of {trials} seeds"
    print(f"d = 400, n_s = 20 d, {name} starts (overlap {start:.2f}): {won}")
