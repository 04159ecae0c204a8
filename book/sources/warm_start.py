# %% [markdown]
# # Pre-training: a geometric warm start
#
# **After this chapter you can**
#
# - say when a student that starts from nothing is stuck, for how long and with how many samples, and what
#   pre-training changes;
# - draw the path of fine-tuning on a sphere, and read off it the gain, the best stopping time and the plateau;
# - compute how much pre-training is needed before the gain appears: a sharp threshold;
# - say which parts of this picture are exact, which are bounds, and which survive other inputs and other links.
#
# **Prerequisites:** {doc}`spiked covariances, from the chapter on random matrices <random_matrices>`. Code of this chapter:
# `w2slib.warm_start`.

# %%
from importlib.util import find_spec

if find_spec("w2slib") is None:
    raise ModuleNotFoundError(
        "The book's package is missing: run %pip install ADDRESS, where ADDRESS is that of the "
        "wheel (w2slib-....whl) beside the book's front page, or git+ and that of its repository."
    )

import matplotlib.pyplot as plt
import numpy as np

from w2slib import data, explorer, figures, metrics, random_matrices
from w2slib import warm_start as ws
from w2slib.simulation import Estimate

phase = explorer.warm_start()

# %% [markdown]
# ## Predict first, then drag
#
# Student, supervisor and truth are directions, and a model errs by the angle to the truth. **Pre-training** sees unlabelled inputs that vary more along the
# true direction; $\theta$ says how much more, $\gamma = d/n_{\text{pre}}$ how few they are. What it finds is the student's **start**. Then **fine-tuning** moves
# the student towards a supervisor whose overlap with the truth is $\rho$ (1 would be perfect), for a time $t$.
#
# :::{admonition} Predict
# :class: note
# At $\gamma = 0.5$, does a little pre-training (small $\theta$) help a little? Would a student gain more by training for
# longer? And who gains more from the same start: the pupil of a good supervisor, or of a poor one? (Blue: the
# student wins.)
# :::

# %% tags=["hide-input"]
phase.cover()

# %% [markdown]
# The setting follows a paper that this chapter calls [Blessing]: Yao and others, *On the Blessing of
# Pre-training in Weak-to-Strong Generalization* {cite}`yao2026blessing`.
#
# :::{admonition} Symbols of this page
# :class: note
# Unit vectors in $\mathbb{R}^d$: $w_\star$ the truth, $w_t$ the supervisor, $w$ the student, $w_0$ its start, $v$ the spike.
# Overlaps, that is inner products: $m = \langle w, w_\star\rangle$ of the student **with the truth** ($m_0$ at the start, $m_{\text{best}}$ at
# its best), $\rho = \langle w_t, w_\star\rangle$ of the supervisor with the truth, $a = \langle w, w_t\rangle$ of the student **with the supervisor**
# ($c = \langle w_0, w_t\rangle$ at the start), $\alpha = \langle v, w_\star\rangle$ of the spike with the truth.
# $k$ degree of the target, $h_k$ Hermite polynomial, $L$ error ($L_t$ the supervisor's, $L_s$ the student's), $t$ time.
# $n_s$ labels of the supervisor, $\nu^2$ the noise in them; $n_{\text{pre}}$ unlabelled inputs of pre-training, $\gamma = d/n_{\text{pre}}$,
# $\theta$ strength of the spike. $\mu$ slope towards the supervisor, $\varepsilon$ what disturbs it, $V$ variance of a gradient, $s$ correlation of the
# errors of student and supervisor (as a subscript: student). $b$ factor that scales answers. $q$, $u$, $\tau$ belong to Oja's rule alone. What a letter means
# on other pages: {doc}`notation`.
# :::
#
# :::{div} w2s-print
# The same picture for print, at the explorer's first setting:
# :::

# %% mystnb={"image": {"alt": "Map of student's minus supervisor's error over spike strength x and fine-tuning time, degree 3. Left of the dashed threshold at x 0.71 the supervisor wins at all times. To its right the student wins above a boundary that falls steeply with x; the deepest blue is a band, and fades for long times."}} tags=["hide-input", "print"]
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
# Fine-tuning on the whole population walks along a **great circle** from $w_0$ to $w_t$. The truth lies off that circle, because the
# errors of start and supervisor have nothing to do with each other: they are *independent*, $c = m_0\rho$. So the student first comes *closer to the truth than
# its supervisor is*, then passes it and ends as a copy of the supervisor: **gain, then saturation.** Two things can go
# wrong: the start may be so far away that there is no slope to follow, or training may go on for too long.
#
# The error of a direction with overlap $m$ follows from the orthogonality of the {term}`Hermite polynomials`:
#
# $$L(m) = E\,\bigl[h_k(\langle w, x\rangle) - h_k(\langle w_\star, x\rangle)\bigr]^2 = 2 - 2m^k .$$
#
# 0 is perfect. A direction orthogonal to the truth has error 2; to answer 0 everywhere would cost only $E\,h_k^2 = 1$, for a wrong
# direction is as *loud* as a right one. (What is left when everybody turns down the volume as well as possible is a section of its own,
# below.) The supervisor's error is $L_t = 2 - 2\rho^k$, the student's is called $L_s$, and weak-to-strong generalization (W2SG) means
# $L_s < L_t$, that is $m > \rho$.
#
# **By hand, once.** Take $m_0 = 0.6$, $\rho = 0.8$, degree 3, as in the picture. Independent errors mean $c = 0.6\cdot0.8 = 0.48$. The plane of
# the circle is spanned by $w_t$ and the unit vector along $w_0 - c\,w_t$, on which the truth has the coordinate
# $(m_0 - \rho c)/\sqrt{1 - c^2} = (0.6 - 0.384)/0.877 = 0.246$, beside its coordinate $\rho = 0.8$ on $w_t$. The closest point of the circle has the overlap
# $m_{\text{best}} = \sqrt{0.8^2 + 0.246^2} = \sqrt{0.701} = 0.837$: closer than the start (0.6) and than the supervisor (0.8). In errors,
# $L_t = 2 - 2\cdot0.8^3 = 0.976$ and $L_s = 2 - 2\cdot0.837^3 = 0.827$. The peak is passed at $a = 0.8/0.837 = 0.956$; the time until then is
# $\frac16\bigl[\operatorname{artanh} a - \frac1a\bigr]$ between $a = 0.48$ and $0.956$, that is $\frac16(0.848 + 1.560) = 0.401$.
#
# Pre-training, in this model, sees unlabelled inputs that vary more along one direction $v$: $x \sim N(0, I + \theta vv^\top)$,
# $\gamma = d/n_{\text{pre}}$. Here $v = w_\star$.

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
# whole population (infinitely many inputs), the overlap $a = \langle w, w_t\rangle$ with the supervisor obeys
#
# $$\dot a = 2k\,a^{k-1}(1 - a^2),$$
#
# so the first slope is of order $d^{-(k-1)/2}$. The degree $k$ is the **information exponent** of the target: the order of
# the first Hermite coefficient that is not zero.
#
# - $k = 2$: exponential growth. The student *merely waits*, for a time $\tfrac14\log\sqrt d$.
# - $k \ge 3$: even the population flow from $a_0 \approx d^{-1/2}$ needs $t \approx a_0^{2-k}/(2k(k-2))$, that is $\sqrt d/6$ for $k = 3$ and $d/16$
#   for $k = 4$. With few samples the slope drowns in sampling noise on the way, and the student *stalls*.
#
# The simulation has $n_s = 20\,d$ noiseless labels, $d = 200$, and 120 steps; each line is one random start with its own supervisor.

# %%
dim, seeds = 200, 24
cold = {}
for degree, step_size in [(2, 0.04), (3, 0.04), (4, 0.01)]:
    rng = np.random.default_rng(degree)
    starts, teachers = rng.standard_normal((2, seeds, dim))
    size = dict(n_samples=20 * dim, noise_var=0.0, step_size=step_size, n_steps=120)
    cold[degree] = ws.fine_tune(starts, degree=degree, supervisor=teachers, rng=rng, **size)

# %% mystnb={"image": {"alt": "Overlap with the supervisor against gradient steps for 24 random starts in each of three panels. Degree 2: most lines rise to 1 after a wait. Degrees 3 and 4: nearly all lines stay near zero during these 120 steps."}} tags=["hide-input"]
fig, axes = figures.subplots(1, 3, figsize=(10.4, 3.2), sharey=True)
for ax, (degree, run) in zip(axes, cold.items(), strict=True):
    overlap = run.supervisor if degree == 3 else np.abs(run.supervisor)
    ax.plot(overlap.T, color=figures.COLOURS[0], linewidth=0.8, alpha=0.7)
    title = f"degree {degree}: {np.mean(overlap[:, -1] > 0.9):.0%} arrive"
    figures.describe(ax, "gradient steps", title=title, ylim=(-0.3, 1.05))
axes[0].set_ylabel(r"overlap with the supervisor")
plt.show()

# %% [markdown]
# For even $k$ the labels cannot tell $w$ from $-w$, so the panels for $k = 2$ and 4 show $|a|$. At most two of the 24 students of degree 3 arrive, and
# none of degree 4.
#
# **What this does and does not say.** It is a simulation at $n_s = 20\,d$ and 120 steps, not a law for $n_s \propto d$. These students go through the
# *same* samples in every step, and that helps: with five times the samples and five times the steps, about half of the students of degree 3 arrive, at
# $d = 50$ as at $d = 200$.

# %%
longer, patient = dict(step_size=0.04, n_steps=600, noise_var=0.0, degree=3), 24
for d in (50, 100, 200):
    rng = np.random.default_rng(3)
    starts, teachers = rng.standard_normal((2, patient, d))
    run = ws.fine_tune(starts, supervisor=teachers, n_samples=100 * d, rng=rng, **longer)
    arrived = np.sum(run.supervisor[:, -1] > 0.9)
    print(f"n_s = 100 d, 600 steps, d = {d}: {arrived} of {patient} arrive")

# %% [markdown]
# What *is* known for {term}`information exponents <information exponent>` $k \ge 3$ is about algorithms that see each sample **once**: then stochastic
# gradient descent from a random start needs of order $d^{k-1}$ samples {cite}`benarous2021online`, many more than $d$. Samples that are used again can break
# this barrier for functions that are not even {cite}`dandi2024benefits`. [Blessing] builds on impossibility results for random starts. In what follows, "a random start learns nothing"
# means: with $n_s = 20\,d$ samples and the steps shown.
#
# ## Pre-training: the spectral start
#
# Pre-training never sees a label. All it can use is that the inputs vary more in some direction. In the model of
# [Blessing] it is a *spectral initialization* on *spiked Gaussian data*; here it returns the top eigenvector of the sample
# covariance of $n_{\text{pre}} = d/\gamma$ inputs $x \sim N(0, I + \theta vv^\top)$, with $\langle v, w_\star\rangle = \alpha$. By the
# theorem of Baik, Ben Arous and Péché ({doc}`explained with the tools <random_matrices>`) its overlap with the truth tends, for large $d$, to
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
# Three vectors are all there is. Seen from the side, student and supervisor lean away from the truth; how far is measured by their overlaps
# $m$ and $\rho$. Seen from above, along $w_\star$, only their *errors* are left, of lengths $\sqrt{1 - m^2}$ and $\sqrt{1 - \rho^2}$, and the angle between
# these has the cosine $s$, the **correlation of the errors**. Descent pulls the student towards the supervisor. Does that bring it closer to the truth?

# %% tags=["hide-input"]
lean = dict(student=0.5, supervisor=0.8)  # overlaps with the truth
turned = dict(student=np.arccos(0.4), supervisor=0.0)  # of the errors: s = 0.4
length = {who: np.sqrt(1 - overlap**2) for who, overlap in lean.items()}
above = {who: length[who] * np.array([np.cos(x), np.sin(x)]) for who, x in turned.items()}
beside = dict(student=-1, supervisor=1)
from_side = {who: np.array([beside[who] * length[who], lean[who]]) for who in lean}
inks = dict(student=("student $w$", figures.COLOURS[0]), truth=(r"truth $w_\star$", "black"))
inks["supervisor"] = "supervisor $w_t$", figures.COLOURS[1]

# %% mystnb={"image": {"alt": "Two drawings. From the side: the truth points up, the supervisor leans to one side a little and the student to the other side by more; heights m and rho are marked. From above: the truth is the centre, two arrows are the errors of student and supervisor with an angle of about 66 degrees between them, and a dashed arrow leads from the student's tip towards the supervisor's tip, passing closer to the centre."}} tags=["hide-input"]
fig, (side_view, top_view) = figures.subplots(1, 2, figsize=(9.2, 3.6))
arrow = dict(arrowstyle="-|>", mutation_scale=14, linewidth=1.8, shrinkA=0, shrinkB=0)
pull = dict(color="#666666", linestyle="--", linewidth=1.2, shrinkA=8, shrinkB=8)
for ax, arrows in ((side_view, from_side | {"truth": np.array([0, 1])}), (top_view, above)):
    for who, tip in arrows.items():
        name, colour = inks[who]
        ax.annotate("", tip, (0, 0), arrowprops=arrow | dict(color=colour))
        ax.text(tip[0], tip[1] + 0.07, name, color=colour, ha="center")
    ax.annotate("", arrows["supervisor"], arrows["student"], arrowprops=arrow | pull)
for who, symbol in (("student", "$m$"), ("supervisor", r"$\rho$")):
    x, y = from_side[who]
    side_view.plot([x, x], [0, y], ":", color="#666666")
    side_view.text(x + 0.04, y / 2, symbol)
side_view.axhline(0, color="#666666", linewidth=0.8)
top_view.plot(0, 0, "o", color="black")
top_view.text(0, -0.14, r"truth $w_\star$ (towards you)", ha="center")
top_view.text(0.1, 0.04, r"$\arccos s$")
for ax, title in ((side_view, "from the side"), (top_view, "from above: the errors")):
    ax.set(title=title, ylim=(-0.25, 1.25), xlim=(-1.25, 1.25), aspect="equal")
    ax.set_axis_off()
plt.show()

# %% [markdown]
# First the pull **towards the supervisor**. For the population loss on the sphere (this book's computation;
# $\nabla L = -2ka^{k-1}(w_t - a\,w)$ with $a = \langle w, w_t\rangle$):
#
# $$\frac{\langle -\nabla L, w_t - w\rangle}{\|w_t - w\|^2} = k\,a^{k-1}(1 + a) =: \mu(a) .$$
#
# This is **one-point strong convexity**: the loss need not be convex, but seen from the one point $w_t$ it slopes down
# at every student with $a > 0$, with rate $\mu(a)$. At a random start $\mu \approx 0$; a warm start makes it a constant.
#
# Then the pull **towards the truth**, which the supervisor's bias disturbs. The picture gives
# $a = m\rho + s\sqrt{1 - m^2}\sqrt{1 - \rho^2}$, and the same computation
#
# $$\frac{\langle -\nabla L, w_\star - w\rangle}{\|w_\star - w\|^2} = \frac{k\,a^{k-1}(\rho - a\,m)}{1 - m} .$$
#
# For independent errors, $s = 0$, this is $\rho^k\mu(m)$: **the bias costs a factor $\rho^k$, and the slope still points to the
# truth.** Markers below are sampled gradients ($d = 100$, $n_s = 20\,d$, one matrix product for all of them). On the left the supervisor is the
# truth itself, so that $a = m$.

# %%
m, size = np.linspace(0.1, 0.9, 9), dict(samples_per_dim=20, dim=100, n_trials=30)
sampled = {
    degree: ws.simulate_gradients(m, [0.6, 0.8, 1.0], degree=degree, rng=degree, **size)
    for degree in (2, 3, 4)
}

# %% mystnb={"image": {"alt": "Left: slope towards the supervisor against the overlap with it, for degrees 2, 3 and 4; theory curves k a to the k minus 1 times 1 plus a run through the sampled markers, starting from zero. Right: slope towards the truth for degree 3 and supervisors with overlap 0.6, 0.8 and 1; smaller overlap, smaller slope, theory through markers."}} tags=["hide-input"]
x = np.linspace(0, 0.95, 200)
fig, (left, right) = figures.subplots(1, 2, figsize=(10.2, 3.6))
for index, (degree, run) in enumerate(sampled.items()):
    theory, sample = ws.curvature(x, degree), (m, run.truth_mean[:, 2], run.truth_stderr[:, 2])
    figures.curve(x, theory, sample=sample, label=f"k = {degree}", index=index, ax=left)
for index, rho in enumerate(sampled[3].rho):
    mean, stderr = sampled[3].truth_mean[:, index], sampled[3].truth_stderr[:, index]
    theory, label = ws.truth_rate(x, rho, 3), rf"$\rho = {rho:g}$"
    figures.curve(x, theory, sample=(m, mean, stderr), label=label, index=index, ax=right)
words = r"overlap $a$ with the supervisor", r"$\mu(a)$"
figures.describe(left, *words, "towards the supervisor", legend="best")
words = "overlap $m$ with the truth", "rate", "towards the truth, degree 3"
figures.describe(right, *words, legend="best")
plt.show()

# %% [markdown]
# Where does descent help? The slope towards the truth is positive while
#
# $$\tan\angle(w, w_\star) > s\,\tan\angle(w_t, w_\star)$$
#
# (and $a > 0$, which for $s \ge 0$ is no further condition). With independent errors, $s = 0$: for every student with $0 < m < 1$. If student and
# supervisor make *similar* errors ($s = 0.8$, on the right), only until the student is a little better than the supervisor: for $\rho = 0.8$ up to $m = 0.857$.

# %%
fine_m, fine_rho = np.linspace(0.05, 0.9, 16), np.linspace(0.4, 0.95, 12)
size = dict(degree=3, samples_per_dim=200, dim=20, n_trials=16)
maps = {
    s: ws.simulate_gradients(fine_m, fine_rho, correlation=s, rng=5, **size) for s in (0.0, 0.8)
}

# %% mystnb={"image": {"alt": "Two maps of the sampled slope towards the truth over the student's overlap m and the supervisor's rho. Left, independent errors: blue, descent helps everywhere. Right, correlation 0.8: blue only above a curve close to the diagonal, which the dashed theory contour follows; orange where the student is clearly better than the supervisor."}} tags=["hide-input"]
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
# What it cannot promise is W2SG. Descent ends at the supervisor, so a statement about where descent *ends* can at best bring the student as close to the truth
# as the supervisor is. What it can promise is that a warm student **catches up**. (That it comes closer on its way is a property of the circle,
# and the subject of the next section.)
#
# The promise needs two numbers: the slope $\mu = \mu(m_0)$ that the start would feel if the labels were true, and the size $\varepsilon$ of everything that
# disturbs it, anywhere on the arc from a start with independent error to the supervisor:
#
# $$\langle\nabla\hat L, w - w_\star\rangle \ge \mu\,\|w - w_\star\|^2 - \varepsilon\,\|w - w_\star\|, \qquad
#   \varepsilon = \varepsilon_{\text{bias}} + \varepsilon_{\text{sampling}}, \qquad \varepsilon_{\text{sampling}} = \sqrt{V d/n_s} .$$
#
# While $\|w - w_\star\| > \varepsilon/\mu$ the right side is positive and the distance shrinks: descent contracts until $\|w - w_\star\| \approx \varepsilon/\mu$.
#
# - $\varepsilon_{\text{bias}}$ comes from the supervisor's error; it is the largest value on the arc of $\mu\|w - w_\star\|$ less the pull towards the truth.
#   Since descent ends at the supervisor, $\varepsilon_{\text{bias}}/\mu$ is never below the supervisor's own distance from the truth.
# - $\varepsilon_{\text{sampling}}$ comes from finite samples. $V$ is the variance of one sample's gradient in a direction that the problem does not
#   single out,
#
# $$V(a) = 4\,E\bigl[(h_k(z) - h_k(z_t) - \nu\xi)^2\,h_k'(z)^2\bigr], \qquad z, z_t, \xi \sim N(0, 1), \quad E\,zz_t = a,$$
#
#   for degree 2: $V = 48\,(1 - a^2) + 8\,\nu^2$ (`gradient_noise`). An average over $n_s$ samples has $d$ such directions, each with variance $V/n_s$.
#
# [Blessing] calls the place where W2SG works an *effective region*, with a *perturbed strong-convexity geometry*. Here it is the set of starts that the
# promise brings closer: $\varepsilon/\mu < \|w_0 - w_\star\|$. That is an **interval**: too cold a start has no pull, and a start that is better than the
# supervisor is led away. Four markers on the right are measured: where descent with $n_s = 200\,d$ ends. They could have been above the curve for
# $n_s/d = 200$; they are at the supervisor's distance, below it.

# %%
promised = np.array([0.3, 0.5, 0.7, 0.8])
size = dict(degree=2, samples_per_dim=200, dim=40, step_size=0.03, n_steps=90, n_trials=8)
led = ws.simulate(promised, 0.9, rng=17, **size)

# %% mystnb={"image": {"alt": "Left: measured sampling fluctuation of the gradient against overlap for degrees 2 and 3, on the theory curve. Right: contraction radius epsilon over mu against the start's overlap for n per d of 200, 2000 and infinity, degree 2, rho 0.9, with the start's own distance as a solid line; where a curve is below it, the guarantee holds: an interval of starts, marked at both ends, narrower for fewer samples. Four measured end points lie on the supervisor's distance, below all curves."}} tags=["hide-input"]
x, case = np.linspace(0.03, 0.97, 200), dict(degree=2, rho=0.9)
fig, (left, right) = figures.subplots(1, 2, figsize=(10.2, 3.7))
n = sampled[2].setting["samples_per_dim"]
for index, degree in enumerate((2, 3)):
    run, theory = sampled[degree], np.sqrt(ws.gradient_noise(x, degree) / n)
    sample = (run.m, run.fluctuation_mean[:, 2], run.fluctuation_stderr[:, 2])
    figures.curve(x, theory, sample=sample, label=f"k = {degree}", index=index, ax=left)
words = "overlap $a$ with the supervisor", "norm of the fluctuation"
figures.describe(left, *words, rf"$\sqrt{{V d/n_s}}$ at $n_s = {n}\,d$", legend="best")
for index, n in enumerate((200, 2000, np.inf)):
    error = np.add(*ws.perturbation(x, samples_per_dim=n, **case))
    label = rf"$\varepsilon/\mu$, $n_s/d$ = {n:g}"
    figures.curve(x, error / ws.curvature(x, case["degree"]), label=label, index=index, ax=right)
    region = ws.effective_region(samples_per_dim=n, **case)
    ends, shape = np.array([region.overlap, region.upper]), figures.MARKERS[index]
    right.plot(ends, np.sqrt(2 - 2 * ends), shape, color=figures.COLOURS[index], markersize=7)
right.plot(x, np.sqrt(2 - 2 * x), color="black", label="distance of the start")
figures.reference(right, y=np.sqrt(2 - 2 * case["rho"]), label="distance of the supervisor")
ended = np.sqrt(2 - 2 * led.truth_mean[:, -1])
spread = led.truth_stderr[:, -1] / ended  # delta method: d√(2 − 2m) = dm/√(2 − 2m)
figures.curve(x, sample=(promised, ended, spread), label="measured end", index=4, ax=right)
words = "start's overlap $m_0$", "distance from the truth", "degree 2; on the line: region's ends"
figures.describe(right, *words, legend=dict(fontsize=8), ylim=(0, 2))
plt.show()

# %% [markdown]
# `effective_region` returns the two ends and the constants at the lower one. The measured perturbation
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
    found = f"{region.overlap:.3f} <= m0 <= {region.upper:.3f}"
    print(f"n_s/d = {n:6g}: {found}; lower end: mu = {region.mu:.3f}, radius {region.radius:.3f}")

# %% [markdown]
# ## Gain, then saturation
#
# Along the circle everything is explicit. With $a = \langle w, w_t\rangle$, which runs from $c$ to 1,
#
# $$m = \rho\,a + \frac{m_0 - \rho c}{\sqrt{1 - c^2}}\sqrt{1 - a^2}, \qquad
#   m_{\text{best}}^2 = \rho^2 + \frac{(m_0 - \rho c)^2}{1 - c^2} = \frac{m_0^2 + \rho^2 - 2m_0\rho c}{1 - c^2} .$$
#
# $m_{\text{best}}$ is the length of the truth's shadow on the plane of the circle. The walk passes that point if it lies between start and
# supervisor, that is for $c < \min(m_0/\rho,\ \rho/m_0)$. Independent errors, $c = m_0\rho$ with $0 < m_0, \rho < 1$, are such a case, and there
# $m_{\text{best}}$ exceeds $\rho$ for every $m_0 > 0$, by
#
# $$m_{\text{best}}^2 - \rho^2 = \frac{m_0^2(1 - \rho^2)^2}{1 - m_0^2\rho^2} .$$
#
# A better start gains more overlap, and so does the student of a *worse* supervisor. In *errors* the second half is true for $k = 2$ only. For $k \ge 3$
# the gain $2(m_{\text{best}}^k - \rho^k)$ first rises with $\rho$ and then falls: for $m_0 = 0.6$ it is largest at $\rho \approx 0.28$ (degree 3) and 0.45 (degree 4).
# Neither the degree nor the link function appears in $m_{\text{best}}$: they set the speed, not the path. (All of this is this book's derivation; try it:
# project $w_\star$ onto the plane.)

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
# $\rho/\sqrt{1 + \nu^2 d/(k n_s)}$, to leading order in many samples. Few samples cost more: they lower the peak and delay it (degree 3 on the left: its
# gradients are so noisy that 64 samples per dimension are not yet many).

# %%
few_case, few = dict(m0=0.75, rho=0.8, degree=3), {}
for n, step in [(4, 0.006), (16, 0.01), (64, 0.015)]:
    size = dict(step_size=step, n_steps=round(1.2 / step), dim=64, n_trials=16, rng=n)
    few[n] = ws.simulate(samples_per_dim=n, **few_case, **size)
noisy_case, noise = dict(m0=0.6, rho=0.8, degree=2), dict(samples_per_dim=50, noise_var=1.0)
size = dict(dim=40, step_size=0.025, n_steps=60, n_trials=10, rng=9)
noisy = ws.simulate(**noisy_case, **noise, **size)

# %% mystnb={"image": {"alt": "Left: student's error against time for 4, 16 and 64 samples per dimension and for the population; with more samples the minimum deepens, comes earlier and approaches the population's; with 4 it is shallow. Right: with label noise the overlap with the truth saturates at the predicted level slightly below rho."}} tags=["hide-input"]
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
# ### If the errors are not independent
#
# Start and supervisor may have learnt from similar data, and err alike: $c > m_0\rho$. The student still gains if and only if $c < m_0/\rho$ (this
# book's derivation: then and only then does the truth's shadow lie on the start's side of the supervisor). For $m_0 = 0.6$ and $\rho = 0.8$ independent errors
# have $c = 0.48$, and at $c = 0.75$ the gain is gone: the overlap rises to $\rho$ and no further. For $m_0 > \rho$ there is the second limit, $\rho/m_0$: beyond it
# each step leads away from the truth, and the start is the best point. The left panel of the next figure has simulated students of degree 2.

# %%
correlations, alike = np.linspace(0, 0.9, 6), {}
size = dict(n_samples=400 * 40, noise_var=0.0, step_size=0.02, n_steps=80, degree=2)
for m0, rho in [(0.6, 0.8), (0.6, 0.4)]:
    supervisor, starts = np.zeros(40), np.zeros((6, 40))
    supervisor[:2], starts[:, 0] = (rho, np.sqrt(1 - rho**2)), m0
    starts[:, 1] = np.sqrt(1 - m0**2) * correlations
    starts[:, 2] = np.sqrt(1 - m0**2) * np.sqrt(1 - correlations**2)
    runs = [ws.fine_tune(starts, supervisor=supervisor, rng=seed, **size) for seed in range(8)]
    best = Estimate.of([run.truth.max(axis=-1) for run in runs])
    alike[m0, rho] = starts @ supervisor, best

# %% [markdown]
# ### Loud and soft: what scaling alone repairs
#
# The errors above charge every predictor for its volume. Let everybody scale the answers by the best factor, $b\,h_k(\langle w, x\rangle)$. The best one is
# $b = m^k$, and leaves
#
# $$\min_b\,E\bigl[b\,h_k(\langle w, x\rangle) - h_k(\langle w_\star, x\rangle)\bigr]^2 = 1 - m^{2k}$$
#
# (`scaled_error`). **Mechanism I is at work there**: an unscaled supervisor says more (energy 1) than it knows ($\rho^k$), and a copy that shrinks its answers by
# $\rho^k$ beats it, without any pre-training. At the headline numbers of this chapter (degree 3, $\rho = 0.8$, $\theta = 1.2$, $\gamma = 0.5$):
#
# | | supervisor | student at its best time |
# |---|---|---|
# | unscaled, $2 - 2m^k$ | 0.976 | 0.766 |
# | scaled, $1 - m^{2k}$ | 0.738 | 0.619 |
#
# The *scaled supervisor* is better than the *unscaled student*. So compare like with like, a row with itself. Both rows name the same winner, the one with
# the larger overlap: scaling repairs the volume, a warm start turns the direction, and the two gains add up. On the right both kinds of error are followed over time; the
# markers are simulated.

# %%
loud = dict(m0=ws.initial_overlap(1.2, 0.5), rho=0.8, degree=3)
walked, size = [], dict(n_samples=300 * 40, noise_var=0.0, step_size=0.01, n_steps=80)
for seed in range(8):
    pair = ws.unit_vector([loud["m0"], loud["rho"]], dim=40, rng=seed)
    run = ws.fine_tune(pair[0], supervisor=pair[1], degree=loud["degree"], rng=seed, **size)
    walked.append(run.truth)
steps_taken = run.times

# %% mystnb={"image": {"alt": "Left: best overlap with the truth against the overlap c of start and supervisor, for two pairs; it falls with c and becomes constant, at the larger of start and supervisor, where c passes the limit; simulated markers on the curves. Right: unscaled and scaled errors of the student against time, both dip below the dashed line of the supervisor of their own kind and return to it; the scaled supervisor's line lies below the unscaled student's minimum."}} tags=["hide-input"]
fig, (left, right) = figures.subplots(1, 2, figsize=(10.2, 3.8))
for index, ((m0, rho), (c, best)) in enumerate(alike.items()):
    x = np.linspace(c[0], c[-1], 200)
    label, theory = rf"$m_0 = {m0}$, $\rho = {rho}$", ws.best_overlap(m0, rho, x)
    figures.curve(x, theory, sample=(c, best), label=label, index=index, ax=left)
    figures.reference(left, x=min(m0 / rho, rho / m0), index=index)
words = r"$c = \langle w_0, w_t\rangle$", "best overlap with the truth"
figures.describe(left, *words, r"dotted: $c = \min(m_0/\rho, \rho/m_0)$", legend="best")
walk, degree = ws.flow(times=steps_taken, **loud).truth, loud["degree"]
for index, (name, of) in enumerate({"unscaled": ws.error, "scaled": ws.scaled_error}.items()):
    sample, theory = (steps_taken, Estimate.of(of(walked, degree))), of(walk, degree)
    look = dict(every=8, label=f"student, {name}", index=index, ax=right)
    figures.curve(steps_taken, theory, sample=sample, **look)
    look = dict(label=f"supervisor, {name}", color=figures.COLOURS[index], ax=right)
    figures.teacher_line(of(loud["rho"], degree), **look)
right.axhline(1, color="black", linestyle=":", linewidth=1, label="answering 0")
figures.describe(right, "time", "error", "degree 3", legend=dict(fontsize=8))
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
# and $L_s \le k\,\|w - w_\star\|^2$. For the population, $n_s = \infty$, this is a theorem about this model: the inequality holds on the
# arc by the choice of $\varepsilon_{\text{bias}}$ (a maximum that is found numerically), and $\frac{d}{dt}\|w - w_\star\| \le -\mu\|w - w_\star\| + \varepsilon$ follows. It has the shape that [Blessing] describes for its generalization bound, an initial
# improvement followed by a saturation bottleneck dictated by the weak supervisor's bias {cite}`yao2026blessing`; the
# constants here are this book's. It is a bound, not a prediction: the sampling term takes the whole
# gradient noise to point away from the truth, which it does not. With finite samples it holds for a noise of its typical size, not for
# the largest noise at any point of the arc.

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
# Now the two stages together: pre-train, then fine-tune on $n_s = 20\,d$ labels of a supervisor with $\rho = 0.8$, degree 3, 80 steps,
# and stop at the best time. Success is the **performance gap recovered**,
#
# $$\mathrm{PGR} = \frac{L_t - L_s}{L_t - L_{\text{ceiling}}},$$
#
# with the ceiling the same student trained on *true* labels. Where even the ceiling is no better than the supervisor there
# is no gap to recover, and the PGR is undefined. Bars are 95 % intervals: Clopper and Pearson's for a fraction of 20 runs, Fieller's for the
# ratio PGR, which allows for noise in its denominator. (These simulations take minutes; `studies/warm_start_data.py` made the
# file read here, and the test suite re-runs it at small size.)

# %%
table = data.read("warm_start.csv")
gain, gap, remaining = (  # the supervisor's error is exact
    Estimate(table[more] - table[less], stderr)
    for more, less, stderr in [
        ("weak", "student", table["student_stderr"]),
        ("weak", "ceiling", table["ceiling_stderr"]),
        ("student", "ceiling", table["remaining_stderr"]),
    ]
)
pgr = metrics.recovered_gap_of_means(gain, gap, remaining, n_trials=20)
won = metrics.binomial_interval(np.round(table["wins"] * table["trials"]), table["trials"])


def rows(sweep, dim):
    """The rows of one sweep at one dimension."""
    return (table["sweep"] == sweep) & (table["dim"] == dim)


# %% mystnb={"image": {"alt": "Six panels. Columns: spike strength, pre-training samples per dimension for the spectral start, and samples seen by Oja's rule. Top: fraction of runs in which the student beats its supervisor; it climbs from 0 to 1, more steeply for larger d, near a dashed predicted threshold. Bottom: performance gap recovered with its interval, unbounded around and below the threshold, negative just above it, positive and rising further on, along the population's dashed curve."}} tags=["hide-input"]
sweeps = {
    "theta": ("theta", r"spike $\theta$  ($\gamma = 0.5$)", np.sqrt(0.5)),
    "samples": ("pretraining", r"samples $n_{\mathrm{pre}}/d$  ($\theta = 1$)", 1.0),
    "oja": ("pretraining", r"Oja's rule: samples$/d$  ($\theta = 1$)", None),
}
fig, axes = figures.subplots(2, 3, figsize=(10.8, 5.6), sharex="col", sharey="row")
for (top, bottom), (sweep, (axis, label, threshold)) in zip(axes.T, sweeps.items(), strict=True):
    for index, dim in enumerate((100, 200, 400)):
        chosen, colour = rows(sweep, dim), figures.COLOURS[index]
        style = dict(color=colour, marker=figures.MARKERS[index], linewidth=1, markersize=4.5)
        x = table[axis][chosen]
        for ax, interval in ((top, won), (bottom, pgr)):
            value = interval.value[chosen]
            bars = [value - interval.low[chosen], interval.high[chosen] - value]
            ax.errorbar(x, value, np.minimum(bars, 99), label=f"d = {dim}", **style)
    rho = table["rho"][chosen]  # theory from the measured starts at d = 400, degree 3
    predicted = (ws.best_overlap(table["start"][chosen], rho) ** 3 - rho**3) / (1 - rho**3)
    bottom.plot(x, predicted, "--", color="black", label="population, same starts")
    _ = [threshold and figures.reference(ax, x=threshold) for ax in (top, bottom)]
    bottom.set(xlabel=label, ylim=(-1.1, 0.6))
axes[1, 1].set_xscale("log", base=2)
axes[1, 1].set_xticks([0.25, 1, 4], labels=["1/4", "1", "4"])
figures.describe(axes[0, 0], y="fraction with $L_s < L_t$", legend="best")
figures.describe(axes[1, 0], y="PGR", legend=dict(loc="lower right", fontsize=8))
plt.show()

# %% [markdown]
# **In words.** Nothing, then almost everything. At the dotted threshold $\theta = \sqrt\gamma$, that is $n_{\text{pre}}/d = 1/\theta^2$, the
# student wins in 11 of 20 runs at $d = 100$, in 6 at $d = 200$ and in 3 at $d = 400$; with three times the samples it wins in most or all. So the transition seems to sharpen as
# $d$ grows (twenty runs a point cannot tell more), and it lies to the right of the threshold, because with $n_s = 20\,d$ samples the start must be warm enough to follow a noisy slope. Just above the threshold
# the PGR is negative: the ceiling already learns, the student does not yet beat its supervisor. Below it not even the ceiling learns, and the data exclude no PGR. (Where
# $m_0 > \rho$, at the right end, the student is ahead before it starts.) [Blessing] reports such a phase transition over
# checkpoints of language models; {doc}`the next chapter <checkpoints>` tries it on a small scale.
#
# **Checkpoints of a stream.** Real pre-training has no eigendecomposition. *Oja's rule* sees one input at a time,
# $w \leftarrow w + \frac{\tau}{d}\langle w, x\rangle x$, then normalises. For large $d$ its squared overlap $q$ with the {term}`spike` follows a
# logistic curve in $u = \text{samples}/d$ (this book's derivation: mean and second-order drift of one step)
#
# $$\frac{dq}{du} = \tau(2\theta - \tau)\,q - \tau\theta(2 + \tau)\,q^2 .$$
#
# It learns if $\tau < 2\theta$. From a random start, $q \approx 1/d$, it then needs $u \approx \log(d)/(\tau(2\theta - \tau))$: **long invisible progress, then an abrupt
# rise.** (At first the stream's own fluctuations matter as much as the start; `oja_random_start` accounts for both.) The threshold of the spectral start has become a
# waiting time that grows with $\log d$.

# %%
theta, tau, n_streams, seen = 1.0, 0.5, 16, np.linspace(0, 24, 13)
streams = {}
for d in (100, 400):
    size = dict(dim=d, n_samples=round(d * seen[-1]), step_size=tau, n_checkpoints=len(seen))
    runs = [ws.oja_trajectory(theta, rng=d + s, **size) for s in range(n_streams)]
    streams[d] = np.abs([run.overlap for run in runs])

# %% mystnb={"image": {"alt": "Left: overlap with the truth against samples per dimension seen by Oja's rule, mean of 16 streams with error bars for d 100 and 400, on the predicted curves, whose rise comes later for the larger d. Right: sixteen single streams at d 400, flat at first and then rising abruptly at different times."}} tags=["hide-input"]
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

# %% mystnb={"image": {"alt": "Map of student's minus supervisor's error over pre-training samples per dimension and the supervisor's overlap rho. The boundary runs from about 1.3 samples per dimension for a poor supervisor to 2 for a good one; right of it the student wins, by most over poor supervisors; left of it the supervisor wins, by most if it is good. The dashed line at 1 is the spectral threshold."}} tags=["hide-input"]
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
kinds = {name: name for name in ws.INPUTS} | {"student": "$t$, 10 d.o.f."}
other_inputs = {
    label: ws.simulate(inputs=name, **inputs_case, **size) for name, label in kinds.items()
}

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

# %% mystnb={"image": {"alt": "Three panels. Left: overlap with the truth against time for Gaussian, t-distributed, sign and cluster inputs; all rise above rho on average and return, the t-distributed ones first. Middle: best error against the alignment of spike and target, close to the population curve. Right: ReLU link; warm and random starts both reach the supervisor, and only the warm one overtakes it clearly."}} tags=["hide-input"]
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
highest, label = ws.best_overlap(relu_m0, relu_rho), r"$m_{\mathrm{best}}$"
right.axhline(highest, color="black", linestyle="--", linewidth=1, label=label)
figures.describe(right, "time", title="ReLU link", legend=small)
plt.show()

# %% [markdown]
# - **Other inputs.** Signs in a generic basis and clusters behave like Gaussians. Heavy tails ($t$ with 10 degrees of freedom) make the
#   gradient larger: the student moves faster and peaks sooner. It still beats its supervisor in most runs, and that is judged on heavy-tailed test inputs for both
#   (there both errors are several times larger than on Gaussian ones). (From a warm start, that is. At a cold one heavy tails give the gradient a
#   linear part that is not there otherwise; see {doc}`the exercises <exercises/warm_start>`.)
# - **A tilted spike** lowers $m_0$ by the factor $\alpha$, and the gain with it, as predicted. Pre-training must have found *this* task's
#   direction; strength does not replace alignment.
# - **Another link.** A ReLU contains a linear part: its information exponent is 1, and random starts learn. There pre-training is not needed to
#   *imitate* the supervisor, but it still is to *beat* it: the peak of the population flow is the same $m_{\text{best}}$ for both links.
# - **Bias against noise.** Two supervisors with the same mean squared error against the true labels: one has a wrong direction, the other the right one
#   and noisy labels, $\nu^2 = 2 - 2\rho^k$. Training removes most of the noise by itself, and here *longer* training is better; bias needs a {term}`warm start` and *{term}`early stopping`*.

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
# Fine-tuning moves the student from where pre-training left it to its supervisor, along a great circle (exactly so on the population). If the two
# made *independent* errors, or at least $c < \min(m_0/\rho, \rho/m_0)$, the circle passes closer to the truth than either end: the student gains, is best at a
# definite time, and ends as an imitation. All it takes is a start warm enough for a slope to exist, and in the limit of large $d$
# that appears abruptly, at $\theta = \sqrt\gamma$.
# :::
#
# **What is whose.** The framework (single-index model, spiked data, pre-training as a spectral start, an effective region with perturbed strong
# convexity, a bound of the form gain-then-saturation, the phase transition) is that of [Blessing] {cite}`yao2026blessing`, as its public abstract states it.
# All formulas of this chapter are this book's own derivations in its own setting, except the spectral overlap, which is the theorem of Baik,
# Ben Arous and Péché. Exact for the population: path, peak, times, scaled errors, the slopes, the bound. To leading order only: the
# fluctuation $\sqrt{V d/n_s}$, the plateau with noise, Oja's curve. Simulations: effects of finite $n_s/d$, random starts whose samples are used again, other inputs, the position of the
# transition at finite $d$. No number here is taken from that paper.
#
# **Limits.** The best stopping time is read off the true error; in practice it needs a few true labels. A population flow has no sampling
# noise; at $n_s = 20\,d$ the best error lies measurably above its prediction. The sampling term of the bound is a typical size, not a uniform bound.
# Every statement with its hypotheses: {doc}`assumptions`.
#
# **Further reading.** The paper: {cite:t}`yao2026blessing`. How long a random start waits: {cite:t}`benarous2021online`; with samples that
# are used again: {cite:t}`dandi2024benefits`. The spectral threshold: {cite:t}`baik2005phase`, {cite:t}`benaych2011eigenvalues`. Principal components from a stream:
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
scaled = [ws.scaled_error(m, headline["degree"]) for m in (headline["rho"], best)]
print(f"scaled errors: supervisor {scaled[0]:.4f}, student at best {scaled[1]:.4f}")
mu, lost = ws.curvature(headline["rho"] * m0, 3), ws.curvature(0.05, 3)
print(f"curvature at the start: {mu:.4f}; at a random one, d = 400: {lost:.4f}")
for name in ("warm", "random"):
    chosen = table["sweep"] == name
    start, wins, trials = (table[column][chosen][0] for column in ("start", "wins", "trials"))
    share = metrics.binomial_interval(round(wins * trials), trials)
    told = f"{share.value:.0%} of {trials} seeds, 95 % interval {share.low:.0%} to {share.high:.0%}"
    print(f"d = 400, n_s = 20 d, {name} starts (overlap {start:.2f}): W2SG in {told}")
