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
#
# ## The setting, and the whole story in one picture
#
# The **truth** is a direction, a unit vector $w_\star \in \mathbb{R}^d$. Labels are $y = h_k(\langle w_\star, x\rangle)$ with
# $x \sim N(0, I_d)$ and the normalised Hermite polynomial $h_k$ of degree $k \ge 2$
# ($h_2(z) = (z^2 - 1)/\sqrt2$, $h_3(z) = (z^3 - 3z)/\sqrt6$). The **weak supervisor** is another direction
# $w_t$, at **overlap** $\rho = \langle w_t, w_\star\rangle$ with the truth; it labels inputs by $h_k(\langle w_t, x\rangle)$. The
# **student** is a third direction $w$. Pre-training chooses its start $w_0$, with overlap
# $m_0 = \langle w_0, w_\star\rangle$; fine-tuning moves it by gradient descent on the supervisor's labels. It never sees a true one.

# %% tags=["hide-input"]
import numpy as np
import matplotlib.pyplot as plt

from w2slib import explorer, plots, random_matrices
from w2slib import warm_start as ws

m0, rho = 0.6, 0.8
truth, w_t = np.array([0, 0, 1.0]), np.array([np.sqrt(1 - rho**2), 0, rho])
w_0 = np.array([0, -np.sqrt(1 - m0**2), m0])
side = (w_0 - (w_0 @ w_t) * w_t) / np.sqrt(1 - (w_0 @ w_t) ** 2)
path = ws.flow(m0, rho, 3, np.linspace(0, 1.2, 300))
arc = np.outer(w_t, path.supervisor) + np.outer(side, np.sqrt(1 - path.supervisor**2))

# %% mystnb={"image": {"alt": "Left: a sphere. A great circle leads from the start w0 to the supervisor wt; the truth w-star lies off that circle, and the point of the path nearest to it is marked. Right: the student's overlap with the truth along that path rises from 0.6 to a peak above 0.83 and falls back to the supervisor's 0.8."}} tags=["hide-input"]
fig = plt.figure(figsize=(9.6, 3.9), layout="constrained")
globe = fig.add_subplot(1, 2, 1, projection="3d")
u, v = np.meshgrid(np.linspace(0, 2 * np.pi, 49), np.linspace(0, np.pi, 25))
globe.plot_wireframe(np.cos(u) * np.sin(v), np.sin(u) * np.sin(v), np.cos(v), color="#cccccc", linewidth=0.4, rstride=2, cstride=2)
globe.plot(*arc, color=plots.COLOURS[0], linewidth=3)
circle = np.linspace(0, 2 * np.pi, 200)
globe.plot(*(np.outer(w_t, np.cos(circle)) + np.outer(side, np.sin(circle))), ":", color=plots.COLOURS[0], linewidth=1)
points = {r"truth $w_\star$": truth, "supervisor $w_t$": w_t, "start $w_0$": w_0, "best": arc[:, path.truth.argmax()]}
for name, point in points.items():
    globe.plot(*point[:, None], "o", color="black", markersize=5)
    globe.text(*(point + np.array([0.05, 0.0, 0.12])), name, fontsize=9)
globe.view_init(elev=38, azim=-50)
globe.set_box_aspect((1, 1, 1), zoom=1.5)
globe.set_axis_off()
with plt.rc_context(plots.STYLE):
    right = fig.add_subplot(1, 2, 2)
right.plot(path.times, path.truth, label="student")
right.axhline(rho, color="black", linestyle="--", label=r"supervisor $\rho$")
right.set(xlabel="fine-tuning time t", ylabel="overlap with the truth", title=r"$m_0 = 0.6$, $\rho = 0.8$, degree 3")
right.legend()
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
phase = explorer.warm_start()
phase

# %% [markdown]
# The same picture for print, at the explorer's first setting:

# %% mystnb={"image": {"alt": "Map of student's minus supervisor's error over spike strength theta and fine-tuning time, degree 3. Left of the dashed threshold at theta 0.71 the supervisor wins at all times. To its right the student wins above a boundary that falls steeply with theta; the deepest blue is a band, and fades for long times."}} tags=["hide-input"]
theta, times, gamma, rho = np.geomspace(0.2, 5, 121), np.geomspace(0.02, 2, 121), 0.5, 0.8
student = ws.error(ws.flow(ws.initial_overlap(theta, gamma), rho, 3, times).truth, 3)
fig, ax = plots.subplots(figsize=(6.4, 3.8))
plots.phase_diagram(theta, times, student.T - ws.error(rho, 3), marker=np.sqrt(gamma), marker_label=r"$\theta = \sqrt{\gamma}$",
                    limit=0.6, xlabel=r"spike $\theta$ of the pre-training data", ylabel="fine-tuning time t", ax=ax)
ax.set_xticks([0.2, 0.5, 1, 2, 5], labels=["0.2", "0.5", "1", "2", "5"])
ax.set_yticks([0.02, 0.1, 0.5, 2], labels=["0.02", "0.1", "0.5", "2"])
ax.minorticks_off()
ax.legend(loc="lower left")
plt.show()

# %% [markdown]
# Every slider has a handle in Python, too. In a live notebook this cell moves the picture above:

# %%
elsewhere = dict(theta=2.0, gamma=1.0, rho=0.7, degree=2, time=0.2)
for name, value in elsewhere.items():
    phase.set(**{name: value})
print(f"there, L_s - L_t = {phase.evaluate('diff'):.3f}")
phase.set(theta=1.2, gamma=0.5, rho=0.8, degree=3, time=0.4)  # and back

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
    cold[degree] = ws.fine_tune(
        starts, degree=degree, supervisor=teachers, n_samples=20 * dim, noise_var=0.0,
        step_size=step_size, n_steps=120, rng=rng,
    )

# %% mystnb={"image": {"alt": "Overlap with the supervisor against gradient steps for 24 random starts in each of three panels. Degree 2: most lines rise to plus or minus 1 after a wait. Degrees 3 and 4: all lines stay near zero."}} tags=["hide-input"]
fig, axes = plots.subplots(1, 3, figsize=(10.4, 3.2), sharey=True)
for ax, (degree, run) in zip(axes, cold.items(), strict=True):
    overlap = run.supervisor if degree == 3 else np.abs(run.supervisor)
    ax.plot(np.arange(121), overlap.T, color=plots.COLOURS[0], linewidth=0.8, alpha=0.7)
    ax.set(xlabel="gradient steps", title=f"degree {degree}: {np.mean(overlap[:, -1] > 0.9):.0%} arrive", ylim=(-0.3, 1.05))
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
ratio, gamma = np.linspace(0.2, 3, 15), 0.5  # ratio = theta / sqrt(gamma)
spectral = {
    dim: ws.simulate_spectral(ratio * np.sqrt(gamma), gamma=gamma, dim=dim, n_trials=12, rng=dim)
    for dim in (50, 150, 450)
}

# %% mystnb={"image": {"alt": "Left: overlap of the spectral start against theta over root gamma for d 50, 150 and 450; the markers sharpen onto the theoretical curve, which is zero up to 1 and then rises steeply. Right: histogram of sample eigenvalues under the Marchenko-Pastur density, with one eigenvalue far to the right at the predicted place."}} tags=["hide-input"]
fine, dim, strength = np.linspace(0.1, 3, 300), 500, 1.8
X = np.random.default_rng(1).standard_normal((int(dim / gamma), dim))
X[:, 0] *= np.sqrt(1 + strength)
x = np.linspace(0.01, 4.2, 400)
fig, (left, right) = plots.subplots(1, 2, figsize=(10.2, 3.6))
left.plot(fine, ws.initial_overlap(fine * np.sqrt(gamma), gamma), "--", color="black", label=r"$d \to \infty$")
for index, (d, run) in enumerate(spectral.items()):
    plots.curve(ratio, mean=run.overlap_mean, stderr=run.overlap_stderr, label=f"d = {d}", index=index, ax=left)
left.set(xlabel=r"$\theta/\sqrt{\gamma}$", ylabel="overlap $m_0$ with the truth", title="mean ± 2 s.e. of 12 trials")
left.legend()
eigenvalues = np.linalg.eigvalsh(X.T @ X / len(X))
plots.spectrum(eigenvalues, x, random_matrices.marchenko_pastur_density(x, gamma), ax=right)
right.axvline(random_matrices.bbp_top_eigenvalue(strength, gamma), color=plots.COLOURS[2], linestyle=":", label="predicted outlier")
right.set_title(rf"$\theta = {strength}$, $\gamma = {gamma}$, $d = {dim}$")
right.legend()
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
m, options = np.linspace(0.1, 0.9, 9), dict(samples_per_dim=20, dim=100, n_trials=30)
sampled = {
    degree: ws.simulate_gradients(m, [0.6, 0.8, 1.0], degree=degree, rng=degree, **options)
    for degree in (2, 3, 4)
}

# %% mystnb={"image": {"alt": "Left: slope towards the labels' direction against the overlap, for degrees 2, 3 and 4; theory curves k m to the k minus 1 times 1 plus m run through the sampled markers, starting from zero. Right: slope towards the truth for degree 3 and supervisors with overlap 0.6, 0.8 and 1; smaller overlap, smaller slope, theory through markers."}} tags=["hide-input"]
fine = np.linspace(0, 0.95, 200)
fig, (left, right) = plots.subplots(1, 2, figsize=(10.2, 3.6))
for index, (degree, run) in enumerate(sampled.items()):
    plots.curve(fine, ws.curvature(fine, degree), mean=run.truth_mean[:, 2], stderr=run.truth_stderr[:, 2], x_simulated=m,
                label=f"k = {degree}", index=index, ax=left)
left.set(xlabel=r"overlap $m$ with the labels' direction", ylabel=r"$\mu(m)$", title="towards the labels' own direction")
for index, rho in enumerate(sampled[3].rho):
    run = sampled[3]
    plots.curve(fine, ws.truth_rate(fine, rho, 3), mean=run.truth_mean[:, index], stderr=run.truth_stderr[:, index], x_simulated=m,
                label=rf"$\rho = {rho:g}$", index=index, ax=right)
right.set(xlabel=r"overlap $m$ with the truth", ylabel="rate", title="towards the truth, degree 3")
left.legend()
right.legend()
plt.show()

# %% [markdown]
# Where does descent help? The slope towards the truth is positive while
#
# $$\tan\angle(w, w_\star) > s\,\tan\angle(w_t, w_\star)$$
#
# (for odd $k$; for even $k$ also $m_t > 0$). With independent errors: everywhere. If student and supervisor make *similar*
# errors ($s = 0.8$, on the right), only where the student is clearly worse than the supervisor.

# %%
m, rho = np.linspace(0.05, 0.9, 16), np.linspace(0.4, 0.95, 12)
options = dict(degree=3, samples_per_dim=200, dim=20, n_trials=16)
maps = {s: ws.simulate_gradients(m, rho, correlation=s, rng=5, **options) for s in (0.0, 0.8)}

# %% mystnb={"image": {"alt": "Two maps of the sampled slope towards the truth over the student's overlap m and the supervisor's rho. Left, independent errors: blue, descent helps everywhere. Right, correlation 0.8: blue only above a curve close to the diagonal, which the dashed theory contour follows; orange where the student is better than the supervisor."}} tags=["hide-input"]
fig, axes = plots.subplots(1, 2, figsize=(10.2, 3.8), sharey=True)
for ax, (s, run) in zip(axes, maps.items(), strict=True):
    # Minus the rate, so that blue means "helps" as everywhere in the book.
    plots.phase_diagram(m, rho, -run.truth_mean.T, limit=4, log="", xlabel="student's overlap $m$", ylabel=r"supervisor's overlap $\rho$",
                        title=f"correlation of the errors s = {s:g}", label="minus the rate  (blue: towards the truth)",
                        colorbar=ax is axes[1], ax=ax)
    if s:
        tangent = s * np.sqrt(1 - rho**2) / rho
        ax.plot(1 / np.sqrt(1 + tangent**2), rho, "--", color=plots.THEORY_CONTOUR, linewidth=2, label="theory: rate 0")
        ax.legend(loc="lower right")
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
fine, rho = np.linspace(0.03, 0.97, 200), 0.9
fig, (left, right) = plots.subplots(1, 2, figsize=(10.2, 3.7))
for index, degree in enumerate((2, 3)):
    run = sampled[degree]
    plots.curve(fine, np.sqrt(ws.gradient_noise(fine, degree) / 20), mean=run.fluctuation_mean[:, 2], stderr=run.fluctuation_stderr[:, 2],
                x_simulated=run.m, label=f"k = {degree}", index=index, ax=left)
left.set(xlabel=r"overlap with the labels' direction", ylabel="norm of the fluctuation", title=r"$\sqrt{V d/n_s}$ at $n_s = 20\,d$")
for index, n in enumerate((200, 2000, np.inf)):
    bias, sampling = ws.perturbation(fine, rho, 2, n)
    right.plot(fine, (bias + sampling) / ws.curvature(fine, 2), "--", color=plots.COLOURS[index], label=rf"$\varepsilon/\mu$, $n_s/d$ = {n:g}")
    region = ws.effective_region(2, rho, samples_per_dim=n)
    right.plot(region.overlap, region.radius, plots.MARKERS[index], color=plots.COLOURS[index], markersize=7)
right.plot(fine, np.sqrt(2 - 2 * fine), color="black", label="distance of the start")
right.axhline(np.sqrt(2 - 2 * rho), color="black", linestyle=":", label="distance of the supervisor")
right.set(ylim=(0, 2), xlabel=r"start's overlap $m_0$", ylabel="distance from the truth", title=r"degree 2, $\rho = 0.9$; marker: edge of the region")
left.legend()
right.legend(fontsize=8)
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
    print(f"rho = {rho}: at m = 0.5 measured {measured[4, j]:.2f} ± {2 * error[4, j]:.2f} (2 s.e.), exact {exact[4, j]:.2f}")
for n in (200, 2000, np.inf):
    region = ws.effective_region(2, 0.9, samples_per_dim=n)
    print(f"n_s/d = {n:6g}: m0 >= {region.overlap:.3f}, mu = {region.mu:.3f}, epsilon/mu = {region.radius:.3f}")

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
starts, supervisors = np.array([0.4, 0.6, 0.75]), np.array([0.6, 0.75, 0.9])
options = dict(degree=2, samples_per_dim=300, dim=40, step_size=0.025, n_steps=60, n_trials=10)
from_starts = ws.simulate(starts, 0.8, rng=7, **options)
by_supervisors = ws.simulate(0.6, supervisors, rng=8, **options)

# %% mystnb={"image": {"alt": "Student's test error against fine-tuning time, theory dashed with simulated markers. Left: three starts and one supervisor; each curve falls below the dashed supervisor's error, reaches its best where a star marks the predicted time and height, and rises back. Right: one start, three supervisors; the same shape, ending at each supervisor's own error."}} tags=["hide-input"]
fig, axes = plots.subplots(1, 2, figsize=(10.4, 3.9), sharey=True)
for ax, run, pairs in zip(axes, (from_starts, by_supervisors), ([(m, 0.8) for m in starts], [(0.6, r) for r in supervisors]), strict=True):
    for index, (m0, rho) in enumerate(pairs):
        theory = ws.error(ws.flow(m0, rho, 2, run.times).truth, 2)
        plots.curve(run.times, theory, mean=run.error_mean[index, ::4], stderr=run.error_stderr[index, ::4], x_simulated=run.times[::4],
                    label=f"$m_0 = {m0:g}$" if ax is axes[0] else rf"$\rho = {rho:g}$", index=index, ax=ax)
        ax.plot(ws.best_time(m0, rho, 2), ws.error(ws.best_overlap(m0, rho), 2), "*", color="black", markersize=10, zorder=5)
        ax.axhline(ws.error(rho, 2), color=plots.COLOURS[index] if ax is axes[1] else "black", linestyle=":", linewidth=1)
    ax.set(xlabel="fine-tuning time t", title="degree 2; dotted: supervisor; star: best, predicted")
    ax.legend()
axes[0].set_ylabel("student's test error $L_s$")
plt.show()

# %% [markdown]
# Once ahead, the population student stays ahead: it returns to its supervisor's error from below (`winning_time` has the
# closed form). Label noise of variance $\nu^2$ is different: training averages it away, and the plateau is
# $\rho/\sqrt{1 + \nu^2 d/(k n_s)}$. Few samples cost more: they lower the peak and delay it (degree 3 on the left: its
# gradients are so noisy that 64 samples per dimension are not yet many).

# %%
few = {
    n: ws.simulate(0.75, 0.8, degree=3, samples_per_dim=n, step_size=step, n_steps=round(1.2 / step), dim=64,
                   n_trials=16, rng=n)
    for n, step in [(4, 0.006), (16, 0.01), (64, 0.015)]
}
noisy = ws.simulate(0.6, 0.8, noise_var=1.0, rng=9, **options | dict(samples_per_dim=50))

# %% mystnb={"image": {"alt": "Left: student's error against time for 4, 16 and 64 samples per dimension and for the population; with more samples the minimum deepens and approaches the population's; with 4 the student hardly gets below the supervisor's error. Right: with label noise the overlap with the truth saturates at the predicted level slightly below rho."}} tags=["hide-input"]
fig, (left, right) = plots.subplots(1, 2, figsize=(10.2, 3.8))
for index, (n, run) in enumerate(few.items()):
    stride = len(run.times) // 16
    plots.curve(run.times, mean=run.error_mean[0, ::stride], stderr=run.error_stderr[0, ::stride], x_simulated=run.times[::stride],
                label=f"$n_s/d = {n}$", index=index, ax=left)
times = np.linspace(0, 1.2, 200)
left.plot(times, ws.error(ws.flow(0.75, 0.8, 3, times).truth, 3), "--", color="black", label="population")
left.axhline(ws.error(0.8, 3), color="black", linestyle=":", label="supervisor")
left.set(xlabel="fine-tuning time t", ylabel="student's test error $L_s$", title=r"$m_0 = 0.75$, $\rho = 0.8$, degree 3")
plots.curve(noisy.times, ws.flow(0.6, 0.8, 2, noisy.times).truth, mean=noisy.truth_mean[0, ::4], stderr=noisy.truth_stderr[0, ::4],
            x_simulated=noisy.times[::4], label="population, no noise", ax=right)
right.axhline(ws.saturation_overlap(0.8, 2, 50, 1.0), color="black", linestyle=":", label=r"plateau, $\nu^2 = 1$")
right.set(xlabel="fine-tuning time t", ylabel="overlap with the truth", title=r"degree 2, noisy labels, $n_s = 50\,d$, $m_0 = 0.6$")
left.legend()
right.legend()
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
m0, rho, ratio = 0.6, 0.9, 300
run = ws.simulate(m0, rho, degree=2, samples_per_dim=ratio, dim=40, step_size=0.03, n_steps=70, n_trials=12, rng=10)
terms = ws.distance_bound(run.times, m0, rho, 2, ratio)
distance = np.sqrt(2 - 2 * run.truth_mean[0])
print("the bound holds at every step:", bool(np.all(distance <= np.sum(terms, axis=0) + 1e-9)))

# %% mystnb={"image": {"alt": "Stacked areas of the three terms of the bound against time: the optimisation term decays, sampling and bias terms grow and level off. The measured distance lies below their sum, falls first, dips, and settles at the supervisor's distance."}} tags=["hide-input"]
fig, ax = plots.subplots(figsize=(6.8, 3.8))
ax.stackplot(run.times, *terms, labels=["optimisation", "sampling", "supervisor's bias"], colors=["#cfe3f1", "#e6e6e6", "#fde3c4"],
             edgecolor="#888888", linewidth=0.5)
spread = 2 * run.truth_stderr[0] / distance  # delta method: d√(2 − 2m) = dm/√(2 − 2m)
ax.errorbar(run.times[::4], distance[::4], spread[::4], fmt="o", color="black", markersize=4, capsize=2, label="measured distance")
ax.axhline(np.sqrt(2 - 2 * rho), color="black", linestyle=":", label="supervisor's distance")
ax.set(xlabel="fine-tuning time t", ylabel=r"$\|w - w_\star\|$", title=r"degree 2, $m_0 = 0.6$, $\rho = 0.9$, $n_s = 300\,d$", ylim=(0, None))
ax.legend(loc="upper right", ncols=2, fontsize=8)
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
import w2slib.data

data = w2slib.data.read("warm_start.csv")
pgr = ws.performance_gap_recovered(data["weak"], data["student"], data["ceiling"])


def rows(sweep, dim):
    """The rows of one sweep at one dimension."""
    return (data["sweep"] == sweep) & (data["dim"] == dim)


# %% mystnb={"image": {"alt": "Six panels. Columns: spike strength, pre-training samples per dimension for the spectral start, and samples seen by Oja's rule. Top: fraction of runs in which the student beats its supervisor; it climbs from 0 to 1, more steeply for larger d, near a dashed predicted threshold. Bottom: performance gap recovered, undefined or negative before the threshold and positive and rising after it, along the population's dashed curve."}} tags=["hide-input"]
fig, axes = plots.subplots(2, 3, figsize=(10.8, 5.6), sharex="col", sharey="row")
sweeps = [("theta", "theta", r"spike $\theta$  ($\gamma = 0.5$)", np.sqrt(0.5)),
          ("samples", "pretraining", r"samples $n_{\mathrm{pre}}/d$  ($\theta = 1$)", 1.0),
          ("oja", "pretraining", r"Oja's rule: samples$/d$  ($\theta = 1$)", None)]
for (top, bottom), (sweep, axis, label, threshold) in zip(axes.T, sweeps, strict=True):
    for index, dim in enumerate((100, 200, 400)):
        chosen = rows(sweep, dim)
        style = dict(color=plots.COLOURS[index], marker=plots.MARKERS[index], linewidth=1, markersize=4.5)
        top.plot(data[axis][chosen], data["wins"][chosen], label=f"d = {dim}", **style)
        bottom.errorbar(data[axis][chosen], pgr[chosen], 2 * (data["student_stderr"] / data["weak"])[chosen], **style)
    predicted = ws.best_overlap(data["start"][chosen], 0.8)  # from the measured starts at d = 400
    bottom.plot(data[axis][chosen], (predicted**3 - 0.8**3) / (1 - 0.8**3), "--", color="black", label="population, same starts")
    for ax in (top, bottom):
        _ = ax.axvline(threshold, color="black", linestyle=":") if threshold else None
    bottom.set(xlabel=label, ylim=(-1.1, 0.6))
axes[1, 1].set_xscale("log", base=2)
axes[1, 1].set_xticks([0.25, 1, 4], labels=["1/4", "1", "4"])
axes[0, 0].set_ylabel("fraction with $L_s < L_t$")
axes[1, 0].set_ylabel("PGR")
axes[0, 0].legend()
axes[1, 0].legend(loc="lower right", fontsize=8)
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
theta, tau, checkpoints = 1.0, 0.5, np.linspace(0, 24, 200)
streams = {}
for dim in (100, 400):
    runs = [ws.oja_trajectory(theta, dim=dim, n_samples=24 * dim, step_size=tau, n_checkpoints=13, rng=dim + s) for s in range(16)]
    streams[dim] = np.array([r.overlap for r in runs]), ws.oja_random_start(theta, checkpoints, tau, dim)

# %% mystnb={"image": {"alt": "Left: overlap with the truth against samples per dimension seen by Oja's rule, mean of 16 streams with error bars for d 100 and 400, on the predicted curves; the rise comes later for the larger d. Right: sixteen single streams at d 400, flat at first and then rising abruptly at different times."}} tags=["hide-input"]
fig, (left, right) = plots.subplots(1, 2, figsize=(10.2, 3.5), sharey=True)
seen = np.linspace(0, 24, 13)
for index, (dim, (overlap, theory)) in enumerate(streams.items()):
    overlap = np.abs(overlap)
    plots.curve(checkpoints, theory, mean=overlap.mean(axis=0), stderr=overlap.std(axis=0, ddof=1) / 4, x_simulated=seen,
                label=f"d = {dim}", index=index, ax=left)
left.set(xlabel="samples seen / d", ylabel="overlap with the truth", title="mean of 16 streams")
left.legend()
right.plot(seen, np.abs(streams[400][0]).T, color=plots.COLOURS[1], linewidth=0.9)
right.set(xlabel="samples seen / d", title="the 16 streams at d = 400")
plt.show()

# %% [markdown]
# The phase diagram over both resources, pre-training samples and the supervisor's quality ($\theta = 1$, $d = 200$):

# %% mystnb={"image": {"alt": "Map of student's minus supervisor's error over pre-training samples per dimension and the supervisor's overlap rho. Right of a boundary that starts near 1.4 samples per dimension, the student wins for all supervisors, most for poor ones; left of it the supervisor wins, most if it is good. The dashed line at 1 is the spectral threshold."}} tags=["hide-input"]
chosen = data["sweep"] == "phase"
samples, rho = np.unique(data["pretraining"][chosen]), np.unique(data["rho"][chosen])
difference = (data["student"] - data["weak"])[chosen].reshape(len(samples), len(rho)).T
fig, ax = plots.subplots(figsize=(6.6, 4.0))
plots.phase_diagram(samples, rho, difference, marker=1.0, marker_label=r"$n_{\mathrm{pre}}/d = 1/\theta^2$", limit=1.0, log="x",
                    xlabel=r"pre-training samples $n_{\mathrm{pre}}/d$", ylabel=r"supervisor's overlap $\rho$",
                    title="best stopping time, degree 3, $n_s = 20\\,d$", ax=ax)
ax.set_xticks([0.25, 0.5, 1, 2, 4, 8], labels=["1/4", "1/2", "1", "2", "4", "8"], minor=False)
ax.minorticks_off()
ax.legend(loc="lower left")
plt.show()

# %% [markdown]
# ## What of this survives?
#
# The assumptions of the model are its limits: Gaussian inputs, a spike that points at the target, a polynomial link.
# Four checks, all simulations.

# %%
options = dict(degree=3, samples_per_dim=40, dim=40, step_size=0.004, n_steps=250, n_trials=10)
other_inputs = {name: ws.simulate(0.7, 0.8, inputs=name, rng=11, **options) for name in ws.INPUTS}
alignments = np.array([0.2, 0.4, 0.6, 0.8, 1.0])
tilted = [
    ws.simulate_transition(2.0, 4.0, [0.7], alignment=a, degree=2, samples_per_dim=60, dim=60, step_size=0.04, n_steps=50,
                           n_trials=10, rng=12)
    for a in alignments
]
relu = dict(degree=1, link="relu", samples_per_dim=60, dim=60, step_size=0.04, n_steps=100, n_trials=8)
relu_runs = {"warm, $m_0 = 0.6$": ws.simulate(0.6, 0.8, rng=13, **relu), "random start": ws.simulate(None, 0.8, rng=14, **relu)}

# %% mystnb={"image": {"alt": "Three panels. Left: overlap with the truth against time for Gaussian, t-distributed, sign and cluster inputs; all rise above rho on average and return, the t-distributed ones first and with by far the longest error bars. Middle: best error against the alignment of spike and target, on the population curve. Right: ReLU link; warm and random starts both reach the supervisor, and only the warm one overtakes it clearly."}} tags=["hide-input"]
fig, (left, middle, right) = plots.subplots(1, 3, figsize=(11.4, 3.5))
for index, (name, run) in enumerate(other_inputs.items()):
    plots.curve(run.times, mean=run.truth_mean[0, ::16], stderr=run.truth_stderr[0, ::16], x_simulated=run.times[::16], label=name, index=index, ax=left)
left.axhline(0.8, color="black", linestyle=":", label=r"supervisor $\rho$")
left.set(xlabel="fine-tuning time t", ylabel="overlap with the truth", title="other inputs, degree 3")
predicted = ws.error(ws.best_overlap(ws.initial_overlap(2.0, 0.25, alignments), 0.7), 2)
plots.curve(alignments, predicted, mean=np.array([r.student_mean[0, 0] for r in tilted]), stderr=np.array([r.student_stderr[0, 0] for r in tilted]), label="student, best", ax=middle)
plots.teacher_line(ws.error(0.7, 2), label="supervisor", ax=middle)
middle.set(xlabel=r"alignment $\alpha$ of spike and target", ylabel="test error", title="a tilted spike, degree 2")
for index, (name, run) in enumerate(relu_runs.items()):
    plots.curve(run.times, mean=run.truth_mean[0, ::5], stderr=run.truth_stderr[0, ::5], x_simulated=run.times[::5], label=name, index=index, ax=right)
right.axhline(0.8, color="black", linestyle=":")
right.axhline(ws.best_overlap(0.6, 0.8), color="black", linestyle="--", linewidth=1, label=r"$m_{\mathrm{best}}$, any link")
right.set(xlabel="fine-tuning time t", title="ReLU link")
for ax in (left, middle, right):
    ax.legend(fontsize=8)
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
rho = 0.8
options = dict(degree=3, samples_per_dim=60, dim=60, step_size=0.015, n_steps=90, n_trials=12)
biased = ws.simulate(0.7, rho, rng=15, **options)
just_noisy = ws.simulate(0.7, 1.0, noise_var=ws.error(rho, 3), rng=16, **options)
spiked = [
    ws.fine_tune(ws.unit_vector(0.7, dim=60, rng=s), degree=3, supervisor=ws.unit_vector(rho, dim=60, rng=100 + s), n_samples=3600,
                 noise_var=0.0, step_size=0.004, n_steps=200, spike=np.eye(60)[0], rng=s)
    for s in range(8)
]

# %% mystnb={"image": {"alt": "Left: test error against time for a biased and a noisy supervisor of equal squared error; the biased one's student dips and returns to the supervisor's error, the noisy one's student falls to a small error and stays. Right: overlap with the truth when fine-tuning inputs carry the spike themselves, eight runs; the overlap rises above rho and comes back towards it."}} tags=["hide-input"]
fig, (left, right) = plots.subplots(1, 2, figsize=(10.2, 3.5))
for index, (name, run) in enumerate([("bias", biased), ("noise", just_noisy)]):
    plots.curve(run.times, mean=run.error_mean[0, ::6], stderr=run.error_stderr[0, ::6], x_simulated=run.times[::6], label=f"supervisor with {name}", index=index, ax=left)
plots.teacher_line(ws.error(rho, 3), label="both supervisors", ax=left)
left.axhline(ws.error(ws.saturation_overlap(1.0, 3, 60, ws.error(rho, 3)), 3), color=plots.COLOURS[1], linestyle=":", label="predicted plateau")
left.set(xlabel="fine-tuning time t", ylabel="test error")
right.plot(spiked[0].times, np.array([r.truth for r in spiked]).T, color=plots.COLOURS[0], linewidth=0.9)
right.axhline(rho, color="black", linestyle="--", label=r"supervisor $\rho$")
right.set(xlabel="fine-tuning time t", ylabel="overlap with the truth", title=r"fine-tuning inputs with the spike ($\theta = 1$), 8 runs")
left.legend(fontsize=8)
right.legend()
plt.show()

# %% [markdown]
# ## Check yourself
#
# Every answer explains itself. Longer problems, with solutions: {doc}`exercises/warm_start`.

# %% tags=["hide-input"]
import w2slib.data
from jupyterquiz import display_quiz

display_quiz(w2slib.data.quiz("warm_start"))

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
m0 = ws.initial_overlap(1.2, 0.5)
print(f"spectral start at theta = 1.2, gamma = 0.5: m0 = {m0:.4f} (threshold {np.sqrt(0.5):.4f})")
print(f"best overlap {ws.best_overlap(m0, 0.8):.4f} at t = {ws.best_time(m0, 0.8, 3):.4f}; ahead from t = {ws.winning_time(m0, 0.8, 3):.4f}")
print(f"errors, degree 3: supervisor {ws.error(0.8, 3):.4f}, student at best {ws.error(ws.best_overlap(m0, 0.8), 3):.4f}")
print(f"curvature at the start: {ws.curvature(0.8 * m0, 3):.4f}; at a random one, d = 400: {ws.curvature(0.05, 3):.4f}")
for name in ("warm", "random"):
    start, wins, trials = (data[column][data["sweep"] == name][0] for column in ("start", "wins", "trials"))
    print(f"d = 400, n_s = 20 d, {name} starts (overlap {start:.2f}): W2SG in {wins:.0%} of {trials} seeds")
