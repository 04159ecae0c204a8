# %% [markdown]
# # Tools: why high-dimensional ridge regression has an exact answer
#
# **After this chapter you can**
#
# - predict the eigenvalues of a sample covariance matrix before drawing the sample;
# - say what ridge regression does to *every* coefficient with one number, the **shrinkage** $s$;
# - read a ridge fit as "shrink the truth, then add noise", and know how much noise;
# - say when a direction hidden in the data becomes visible to an eigenvector.
#
# **Prerequisites:** linear algebra up to eigenvalues; ridge regression; a normal distribution.
# Code of this chapter: `w2slib.random_matrices`. The symbols of all pages: {doc}`notation`.

# %%
from importlib.util import find_spec

if find_spec("w2slib") is None:
    raise ModuleNotFoundError(
        "The book's package is missing: run %pip install ADDRESS, where ADDRESS is that of the "
        "wheel (w2slib-....whl) beside the book's front page, or git+ and that of its repository."
    )

from functools import partial

import matplotlib.pyplot as plt
import numpy as np
from scipy.linalg import eigh

from w2slib import data, explorer, figures
from w2slib import random_matrices as rm
from w2slib.simulation import run_trials

phase = explorer.random_matrices()

# %% [markdown]
# ## Predict first, then drag
#
# **Ridge regression** fits coefficients to $n$ samples in $d$ dimensions and pays for large ones; the **penalty** $\lambda$ says how much.
# $\gamma = d/n$ is the number of dimensions per sample, $\sigma^2$ the noise in the labels. The error below is what the fit is off
# on new inputs, as a share of the target: it has lost some of the signal, and added some noise.
#
# :::{admonition} Predict, then drag
# :class: note
# Answering zero to everything costs 1. Is a fit always better than that? Where would you put the
# penalty when there are as many samples as dimensions ($\gamma = 1$)? Blue: the fit is worth making.
# :::

# %% tags=["hide-input"]
phase.cover()

# %% [markdown]
# :::{admonition} Symbols of this page
# :class: note
# $d$ dimensions, $n$ samples, $\gamma = d/n$ aspect ratio; $X$ the inputs as rows, $S$ their sample covariance. $f$ density of its eigenvalues, which lie between
# $x_-$ and $x_+$. $\lambda$ penalty; $m_1, m_2$ averages of the resolvent, $r$ a square root in them; $s$ shrinkage. $\beta$ the truth, $\hat\beta$ a fit, $\sigma^2$
# variance of the noise $\varepsilon$ in the labels, $\omega$ size of the noise in a fit, $z_i$ a normal number. $\Gamma$ penalty matrix with eigenvalues $g_i$, $\kappa$
# effective penalty. $v$ direction and $\theta$ strength of a spike, $\hat v$ what the data show of it.
# :::
#
# :::{div} w2s-print
# The same picture for print:
# :::

# %% mystnb={"image": {"alt": "Map of the error of one ridge fit minus 1 over gamma and penalty for noise variance 0.5. It is negative almost everywhere and positive in a wedge around gamma = 1 at small penalties; the dashed line of the best penalty stays in the negative region."}} tags=["hide-input", "print"]
x, y, noise = np.logspace(-1, 1, 121), np.logspace(-2, 1, 121), 0.5
s = rm.shrinkage(y[:, None], x)
error = (1 - s) ** 2 + x * s**2 * (noise + (1 - s) ** 2) / (1 - x * s**2)
fig, ax = figures.subplots(figsize=(5.6, 3.8))
figures.phase_diagram(x, y, error - 1, limit=1.0, label="error of the fit - 1", ax=ax)
ax.plot(x, noise * x, "--", color="black", label=r"best $\lambda = \sigma^2\gamma$")
title = rf"static copy at $\sigma^2 = {noise}$"
figures.describe(ax, r"$\gamma = d/n$", "lam", title, legend="upper left")
plt.show()

# %% [markdown]
# ## One sample is enough
#
# Draw $n$ points in $d$ dimensions, each coordinate an independent $N(0, 1)$, as the rows of a matrix
# $X$. Their *sample covariance* is $S = X^\top X/n$. The population covariance is the identity, all of
# whose eigenvalues are 1. Those of $S$ are not, unless $n$ is very much larger than $d$. What decides is
# the **{term}`aspect ratio`**
#
# $$\gamma = \frac dn \qquad \text{(dimensions per sample)}.$$

# %% mystnb={"image": {"alt": "Three histograms of the eigenvalues of one sample covariance matrix in 1000 dimensions, for gamma 0.1, 0.5 and 2. In each, the bars fill the dashed Marchenko-Pastur density; the wider gamma, the wider the spread around 1."}} tags=["hide-input"]
fig, axes = figures.subplots(1, 3, figsize=(10.5, 3.1))
for ax, gamma in zip(axes, [0.1, 0.5, 2.0], strict=True):
    X = np.random.default_rng(1).standard_normal((int(1000 / gamma), 1000))
    eigenvalues = np.linalg.eigvalsh(X.T @ X / len(X))
    x = np.linspace((1 - gamma**0.5) ** 2, (1 + gamma**0.5) ** 2, 400)
    density = rm.marchenko_pastur_density(x, gamma) * max(1, gamma)
    figures.spectrum(eigenvalues[eigenvalues > 1e-8], x, density, bins=40, ax=ax)
    ax.axvline(1, color="black", linewidth=1)
    ax.set_title(rf"$\gamma = d/n = {gamma:g}$")
axes[0].legend(loc="upper right")
plt.show()

# %% [markdown]
# **In words.** The histogram of *one* sample already fills a fixed curve. Randomness has averaged out:
# in high dimension a sample is bad in a perfectly predictable way. (For $\gamma > 1$ there are fewer
# samples than dimensions and a share $1 - 1/\gamma$ of the eigenvalues is exactly zero; the right panel
# shows the others.)
#
# **In one formula** — the *{term}`Marchenko–Pastur law`* {cite}`marchenko1967distribution`, a theorem for
# $d, n \to \infty$ at fixed $\gamma$:
#
# $$f(x) = \frac{\sqrt{(x_+ - x)(x - x_-)}}{2\pi\gamma x}, \qquad x_\pm = (1 \pm \sqrt\gamma)^2 .$$
#
# This book lives in that limit: its theory curves are limits. Simulations at finite $d$, which could have
# contradicted them, lie on the curves or, where a curve has no markers, are in the tests.
#
# ## Two averages that ridge regression needs
#
# Ridge regression with penalty $\lambda$ returns $\hat\beta = (S + \lambda)^{-1} X^\top y/n$. So the
# eigenvalues enter through $(S + \lambda)^{-1}$, the *resolvent*. Two of its averages are enough for the
# whole book:
#
# $$m_1(\lambda; \gamma) = \lim \tfrac1d \operatorname{tr}(S + \lambda)^{-1},$$
#
# $$m_2(\lambda; \gamma) = \lim \tfrac1d \operatorname{tr}(S + \lambda)^{-2} = -\frac{\partial m_1}{\partial\lambda}.$$
#
# The law above is equivalent to a fixed-point equation for $m_1$: taking away one of the $n$ samples
# must not change the limit, which gives
#
# $$\frac1{m_1} = \lambda + \frac1{1 + \gamma m_1}.$$
#
# It is quadratic in $m_1$. With $r = \sqrt{(1 - \gamma + \lambda)^2 + 4\gamma\lambda}$ the
# positive root and its derivative are
#
# $$m_1 = \frac{r - (1 - \gamma + \lambda)}{2\gamma\lambda}, \qquad m_2 = \frac{m_1(1 + \gamma m_1)}{r}.$$

# %%
lam, d, n = 0.5, 1000, 500
m1, m2 = rm.resolvent_traces(lam, gamma=d / n)
X = np.random.default_rng(2).standard_normal((n, d))
resolvent = 1 / (np.linalg.eigvalsh(X.T @ X / n) + lam)
print(f"m1: theory {m1:.4f}, one sample {resolvent.mean():.4f}")
print(f"m2: theory {m2:.4f}, one sample {(resolvent**2).mean():.4f}")


# %% [markdown]
# ## One number does it all: the shrinkage
#
# Fit noiseless labels $y = X\beta$. Ridge returns $\hat\beta = (S + \lambda)^{-1}S\beta$: each
# coefficient comes back smaller. *How much* smaller, on average over the coordinates, is the
# **{term}`shrinkage`**
#
# $$s = \lim \tfrac1d \operatorname{tr} S(S + \lambda)^{-1} = 1 - \lambda m_1
#     = \frac{2}{1 + \gamma + \lambda + r}, \qquad 0 < s \le \min(1, 1/\gamma).$$
#
# Insert $m_1 = s/(1 - \gamma s)$ — the fixed-point equation again — and everything becomes a rational
# function of $s$ (this book's notation; each line follows from the two above it):
#
# $$\lambda = \frac{(1 - s)(1 - \gamma s)}{s}, \qquad
#   \frac{\lambda m_2}{m_1} = \frac{1 - s}{1 - \gamma s^2},$$
#
# $$\lim \tfrac1d \operatorname{tr}\,[S(S + \lambda)^{-1}]^2 = \frac{s^2(1 + \gamma - 2\gamma s)}{1 - \gamma s^2}.$$
#
# So instead of "penalty $\lambda$ at aspect ratio $\gamma$" think "shrinkage $s$". The figure checks the
# first definition against sampled data: what a fit keeps of the truth is $s$.

# %%
def kept_of_the_truth(rng, lam, d, n):
    """⟨β̂, β⟩ / ‖β‖² for one noiseless data set and many penalties."""
    X, beta = rng.standard_normal((n, d)), rng.standard_normal(d)
    eigenvalues, basis = np.linalg.eigh(X.T @ X / n)
    energy = (basis.T @ beta) ** 2
    share = eigenvalues / (eigenvalues + lam[:, None])
    return (share @ energy / energy.sum(),)


penalties, dim, kept = np.logspace(-3, 3, 13), 300, {}
for seed, gamma in enumerate([0.2, 1.0, 3.0]):
    trial = partial(kept_of_the_truth, lam=penalties, d=dim, n=round(dim / gamma))
    (kept[gamma],) = run_trials(trial, 10, rng=seed)

# %% mystnb={"image": {"alt": "Shrinkage s against the penalty on a logarithmic axis, for gamma 0.2, 1 and 3. Dashed theory curves fall from min(1, 1/gamma) to zero and run through the simulated markers, whose error bars are smaller than the markers."}} tags=["hide-input"]
x = np.logspace(-3, 3, 200)
fig, ax = figures.subplots(figsize=(6.4, 3.6))
for index, (gamma, estimate) in enumerate(kept.items()):
    sample, label = (penalties, estimate), rf"$\gamma = {gamma:g}$"
    figures.curve(x, rm.shrinkage(x, gamma), sample=sample, label=label, index=index, ax=ax)
title = f"dashed: theory; markers: d = {dim}, mean ± 2 standard errors"
figures.describe(ax, "lam", "shrinkage $s$", title, log="x", legend="best")
plt.show()

# %% [markdown]
# Read off the left edge: with more samples than dimensions ($\gamma < 1$) a vanishing penalty keeps
# everything; with fewer ($\gamma = 3$) the fit can see only a third of the space, $s \le 1/\gamma$, however
# small the penalty.
#
# ## A ridge fit is the truth, shrunk, plus noise
#
# A fit also scatters. Let $y = X\beta + \varepsilon$ with noise of variance $\sigma^2$. In high dimension,
# coordinate by coordinate,
#
# $$\hat\beta_i = s\,(\beta_i + \omega z_i), \qquad
#   \omega^2 = \frac{\sigma^2 + (1 - s)^2\|\beta\|^2}{1 - \gamma s^2}.$$
#
# with $z_i \sim N(0, 1/n)$ independent of $\beta$. This is the **{term}`Gaussian-sequence equivalent`**: $d$ separate scalar problems instead of one big
# regression. The noise level $\omega$ has two sources, the noise in the labels and the signal that the fit
# did *not* explain, which acts on each coordinate as if it were noise. For isotropic Gaussian data, statements of this kind are
# theorems of high-dimensional statistics {cite}`dobriban2018high,hastie2022surprises`; this book uses the form above and tests it.
# Here is one data set:

# %%
d, gamma, lam, noise_var = 2000, 0.5, 0.3, 0.5
n, rng = int(d / gamma), np.random.default_rng(3)
X, beta = rng.standard_normal((n, d)), rng.standard_normal(d) / np.sqrt(d)
y = X @ beta + np.sqrt(noise_var) * rng.standard_normal(n)
fitted = np.linalg.solve(X.T @ X / n + lam * np.eye(d), X.T @ y / n)

slope = rm.shrinkage(lam, gamma)
omega = np.sqrt((noise_var + (1 - slope) ** 2) / (1 - gamma * slope**2))
z = (fitted / slope - beta) / omega * np.sqrt(n)  # should be N(0, 1)

# %% mystnb={"image": {"alt": "Left: fitted against true coefficients of one ridge fit in 2000 dimensions, a cloud around the line of slope s, which is flatter than the diagonal. Right: histogram of the standardised residuals, filling the standard normal density."}} tags=["hide-input"]
fig, (left, right) = figures.subplots(1, 2, figsize=(9.4, 3.5))
left.plot(beta, fitted, ".", color=figures.COLOURS[5], markersize=2.5, rasterized=True)
ends, label = np.array([-0.075, 0.075]), rf"slope $s = {slope:.3f}$ (theory)"
left.plot(ends, ends, color="black", linewidth=1, label=r"$\hat\beta = \beta$")
left.plot(ends, slope * ends, "--", color=figures.COLOURS[1], label=label)
axis_labels = r"true coefficient $\beta_i$", r"fitted coefficient $\hat\beta_i$"
figures.describe(left, *axis_labels, legend="upper left")
x = np.linspace(-4, 4, 200)
normal = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
figures.spectrum(z, x, normal, bins=50, label="standard normal", ax=right)
residual, title = (
    r"$\sqrt{n}\,(\hat\beta_i/s - \beta_i)/\omega$",
    f"variance {z.var():.3f} (theory: 1)",
)
figures.describe(right, residual, title=title, legend="upper left")
plt.show()

# %% [markdown]
# **In words.** Learning from $n$ samples with a penalty is: *shrink by $s$, add noise of size
# $s\,\omega/\sqrt n$*. The {term}`excess test error` of a fit, $E\|\hat\beta - \beta\|^2$ for a target of energy
# $\|\beta\|^2 = 1$, is therefore
#
# $$\underbrace{(1 - s)^2}_{\text{signal lost}} + \underbrace{\gamma s^2\omega^2}_{\text{noise added}}.$$
#
# **By hand, once.** Take $\gamma = \frac12$, $\lambda = 0.15$, $\sigma^2 = 1$. Then $1 - \gamma + \lambda = 0.65$ and $r = \sqrt{0.65^2 + 0.3} = \sqrt{0.7225} = 0.85$. The fit keeps
# $s = 2/(1 + 0.5 + 0.15 + 0.85) = 0.8$ of every coefficient. Back to the penalty: $(1 - s)(1 - \gamma s)/s = 0.2\cdot0.6/0.8 = 0.15$. And $m_1 = 0.8/0.6 = 1.333$ solves its equation:
# $1/m_1 = 0.75$, and $0.15 + 1/(1 + 0.667) = 0.15 + 0.6$. The noise has $\omega^2 = (1 + 0.2^2)/(1 - 0.5\cdot0.64) = 1.04/0.68 = 1.529$. So the fit errs by
# $0.04 + 0.5\cdot0.64\cdot1.529 = 0.04 + 0.489 = 0.529$: little of the signal is lost, most of the error is noise. (The teacher of the next chapter's example is this fit.)

# %%
phase.set(gamma=1.0, lam=0.01, noise_var=0.5)  # the interpolation peak
print(f"with hardly any penalty: error {phase.evaluate('student'):.2f}")
phase.set(lam=0.5)
print(f"with the best penalty:   error {phase.evaluate('student'):.2f}")
phase.set(gamma=1.6, lam=0.05)

# %% [markdown]
# Around $\gamma = 1$ and with little penalty a fit is *worse than no fit*: the famous interpolation
# peak. A penalty removes it. Keep the picture in mind: an {term}`under-regularised` teacher has made up part of
# what it says, and that part is what a student can remove.
#
# Now let a student learn from a teacher. It does the same thing once more, to the
# teacher's coefficients. That is the whole engine of Mechanisms I and II: two maps, one after the other.
#
# ## When the penalty is not the same everywhere
#
# Mechanism II penalises directions differently: $\lambda\,\beta^\top\Gamma\beta$ with eigenvalues $g_i$ of
# $\Gamma$. One more number, the **effective penalty** $\kappa$, then replaces $s$:
#
# $$s_i = \frac{1}{1 + \kappa g_i}, \qquad
#   \kappa = \lambda + \kappa\gamma \operatorname*{mean}_i \frac{1}{1 + \kappa g_i}.$$
#
# The data act like an extra penalty: $\kappa \ge \lambda$, and $\kappa > 0$ even as $\lambda \to 0$ when
# there are fewer samples than dimensions. That extra is *{term}`implicit regularisation`*.

# %%
weights, fractions = [0.1, 1.0, 10.0], [0.2, 0.5, 0.3]
for gamma in [0.5, 2.0]:
    kappa = rm.effective_penalty(0.0, gamma, weights, fractions)
    shrinkages = ", ".join(f"{1 / (1 + kappa * g):.3f}" for g in weights)
    print(f"gamma = {gamma}: kappa = {kappa:.4f}, shrinkages {shrinkages}")


# %% [markdown]
# ## When a hidden direction becomes visible
#
# The chapter on pre-training needs one more tool. Let the data have one special direction $v$ along
# which the variance is larger: covariance $I + \theta vv^\top$. Is $v$ visible in the top eigenvector
# $\hat v$ of the sample covariance? Only above a threshold {cite}`baik2005phase,benaych2011eigenvalues`:
#
# $$|\langle\hat v, v\rangle| \to \sqrt{\frac{1 - \gamma/\theta^2}{1 + \gamma/\theta}} \ \text{ if } \theta > \sqrt\gamma,
#   \qquad 0 \text{ otherwise.}$$

# %%
def overlap_with_spike(rng, thetas, d, n):
    """|⟨v̂, v⟩| for one set of noise directions and several spike strengths."""
    X = rng.standard_normal((n, d))
    S, overlaps = X.T @ X / n, []
    for theta in thetas:
        stretch = np.append(np.sqrt(1 + theta), np.ones(d - 1))
        _, top = eigh(stretch[:, None] * S * stretch, subset_by_index=[d - 1, d - 1])
        overlaps.append(abs(top[0, 0]))
    return (np.array(overlaps),)


spiked_gamma, thetas, overlap = 0.5, np.linspace(0.1, 3, 12), {}
for seed, (d, n_trials) in enumerate([(50, 16), (400, 6)]):
    trial = partial(overlap_with_spike, thetas=thetas, d=d, n=round(d / spiked_gamma))
    (overlap[d],) = run_trials(trial, n_trials, rng=seed)

# %% mystnb={"image": {"alt": "Overlap of the top eigenvector with the spike against spike strength theta, for gamma one half. The dashed theory curve is zero up to the square root of gamma and then rises steeply towards 1. Simulations at dimension 50 and 400 approach it, the larger one more closely."}} tags=["hide-input"]
x, threshold = np.linspace(0, 3, 400), np.sqrt(spiked_gamma)
fig, ax = figures.subplots(figsize=(6.4, 3.6))
ax.plot(x, rm.bbp_overlap(x, spiked_gamma), "--", color="black", label="theory")
for index, (d, estimate) in enumerate(overlap.items()):
    sample, label = (thetas, estimate), f"simulation, d = {d}"
    figures.curve(x, sample=sample, label=label, index=index, ax=ax)
ax.axvline(threshold, color="#777777", linewidth=1)
beside = dict(xytext=(6, 0), textcoords="offset points")
ax.annotate(r"threshold $\theta = \sqrt{\gamma}$", (threshold, 0.93), **beside)
labels = r"strength of the spike $\theta$", r"overlap $|\langle\hat v, v\rangle|$"
figures.describe(ax, *labels, legend="lower right")
plt.show()

# %% [markdown]
# Below the threshold the eigenvector is blind; the markers there are not zero only because any two
# directions in $d$ dimensions overlap by about $1/\sqrt d$. This sudden transition returns as the
# moment in pre-training at which weak-to-strong generalization switches on.

# %% [markdown]
# ## Check yourself
#
# Every answer explains itself. Longer problems, with solutions: {doc}`exercises/random_matrices`.

# %% tags=["hide-input"]
from jupyterquiz import display_quiz

display_quiz(data.quiz("random_matrices"))

# %% [markdown]
# :::{admonition} Take-away
# :class: tip
# High-dimensional data are noisy in a predictable way. A ridge fit is described by one number,
# the shrinkage $s(\lambda; \gamma)$: it keeps a fraction $s$ of the truth and adds noise of known size.
# Everything about Mechanism I follows from applying that map twice.
# :::
#
# **Limits of these statements.** Gaussian isotropic inputs are assumed here (the laws hold more widely,
# but this book tests only what it uses); $d$ and $n$ are large and comparable; fluctuations of order
# $1/d$ are dropped. Every statement with its hypotheses: {doc}`assumptions`.
#
# **Further reading.** The law of the eigenvalues: {cite:t}`marchenko1967distribution`. The hidden direction and its threshold:
# {cite:t}`baik2005phase`, and for every low-rank perturbation {cite:t}`benaych2011eigenvalues`. Ridge regression in this
# limit: {cite:t}`dobriban2018high`; why the error peaks at $\gamma = 1$: {cite:t}`hastie2022surprises`.
#
# ## Headline numbers

# %% tags=["nbval-check-output"]
shrunk = rm.shrinkage(lam=0.5, gamma=2.0)
print(f"shrinkage at lambda = 0.5, gamma = 2: {shrunk:.4f}")
print(f"and back to the penalty: {rm.penalty_from_shrinkage(shrunk, 2.0):.4f}")
print(f"bulk edges at gamma = 0.25: {0.5**2:.2f} and {1.5**2:.2f}")
print(f"BBP overlap at theta = 2, gamma = 1: {rm.bbp_overlap(2.0, 1.0):.4f}")
print(f"top eigenvalue there: {rm.bbp_top_eigenvalue(2.0, 1.0):.4f}")
