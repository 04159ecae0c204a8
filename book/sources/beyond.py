# %% [markdown]
# # What survives? Shared inputs, correlated inputs, classification, and no true labels
#
# **After this chapter you can**
#
# - say what changes when the {term}`student` sees the teacher's own inputs, correlated inputs, or only signs;
# - predict a case in which accuracy and squared error give opposite verdicts on the same student;
# - tell in which sense a student changes a scaling law, and in which it cannot;
# - choose the student's penalty from a teacher's answers alone, with an interval, and know when to refuse.
#
# **Prerequisites:** {doc}`Mechanism I <ridge>` (p, q and the badness c), {doc}`Mechanism II <weighted_ridge>` (blocks). Code of this chapter: `w2slib.beyond`.

# %%
from importlib.util import find_spec

if find_spec("w2slib") is None:
    raise ModuleNotFoundError(
        "The book's package is missing: run %pip install ADDRESS, where ADDRESS is that of the "
        "wheel (w2slib-....whl) beside the book's front page, or git+ and that of its repository."
    )

import matplotlib.pyplot as plt
import numpy as np

from w2slib import beyond, data, explorer, figures, ridge, weighted_ridge
from w2slib.weighted_ridge import Blocks

phase = explorer.beyond()

# %% [markdown]
# ## Predict first, then drag
#
# :::{admonition} Predict
# :class: note
# In {doc}`Mechanism I <ridge>`, a student with more parameters than samples ($\gamma_s > 1$) had to pass a gate: its teacher had to be bad
# enough. Now give that student the teacher's *own* inputs instead of fresh ones. Is that worse for it, because it sees nothing
# new, or better? Decide, then flip the switch.
# :::

# %% tags=["hide-input"]
phase.cover()

# %% [markdown]
# :::{admonition} Symbols of this page
# :class: note
# $p = \langle\hat\beta_t, \beta_\star\rangle$ what the teacher knows, $q = \|\hat\beta_t\|^2$ how much it says,
# $\lambda^\star = \sigma^2\gamma_t$ the best plain teacher penalty, $S = X^\top X/n$, $x$ an eigenvalue of $S$;
# $\varphi_b, g_b, e_b$: fraction, penalty weight and target energy of block $b$; $v_b, \eta_b$: variance of the inputs and energy of the target's
# coefficients there. $E$: average over $x$. A fit with penalty $\lambda$ keeps $t = x/(x + \lambda)$ along an eigenvector; $s_t$: average of $t$ for the teacher; $a_1, a_2$: averages
# of $t$ and $t^2$ for the student; $\kappa$: effective penalty, a block keeps $s_b = 1/(1 + \kappa g_b)$; $\omega^2$: noise that a fit meets.
# :::
#
# :::{div} w2s-print
# The same two maps for print, at $\gamma = 2$, $\sigma^2 = 1$:
# :::

# %% mystnb={"image": {"alt": "Two phase diagrams of L_s minus L_t over both penalties at gamma 2. With fresh inputs the student wins only in a pocket at small teacher penalties. With shared inputs it wins for every small enough student penalty left of the best teacher penalty."}} tags=["hide-input", "print"]
x, y = np.logspace(-2, 1, 121), np.logspace(-2, 2, 121)[:, None]
model = dict(gamma=2.0, noise_var=1.0)
fresh = ridge.student_error(x, y, model["gamma"], model["gamma"], model["noise_var"])
fresh -= ridge.teacher_error(x, model["gamma"], model["noise_var"])
maps = {"fresh inputs": (fresh, fresh)}
shared = beyond.shared_inputs_difference(x, y, **model)
maps["shared inputs"] = shared, shared
fig, axes = figures.phase_row(x, y[:, 0], maps, marker=2.0, limit=0.3)
axes[0].legend(loc="upper right")
plt.show()

# %% [markdown]
# ## Question 1: teacher and student share their inputs
#
# **What you may still conclude.** On {term}`shared inputs`, a student with a small penalty beats an {term}`under-regularised` teacher. **What breaks.** The gate, and the
# bound $L_s \ge 1 - p^2/q$.
#
# Now the student is fitted to the teacher's *fitted values*: $\hat\beta_s = (S + \lambda_s)^{-1}S\,(S + \lambda_t)^{-1}X^\top y/n$.
# Along an eigenvector of $S$ with eigenvalue $x$ the teacher keeps $t = x/(x + \lambda_t)$ and the student $f = t\,x/(x + \lambda_s)$:
# the same directions, shrunk twice. Nothing is forgotten that the teacher had not lost, so there is nothing for a gate to charge.
#
# $$L_s = E\Bigl[(1 - f)^2 + \lambda^\star\frac{f^2}{x}\Bigr], \qquad
#   L_s - L_t = \lambda_s\bigl\{[2(\lambda_t - \lambda^\star) + \lambda_s]\,M_2 + \lambda_s(2\lambda_t - \lambda^\star)\,M_1\bigr\},
#   \qquad M_k = E\frac{x^k}{(x + \lambda_t)^2(x + \lambda_s)^2}.$$
#
# > **Theorem (this book).** On shared inputs some $\lambda_s > 0$ wins if and only if $\lambda_t < \lambda^\star$, for every $\gamma > 0$;
# > and then every small enough $\lambda_s > 0$ does.
#
# *Proof.* Write $u = x/(x + \lambda_s)$. The integrand of $L_s - L_t$ is $t(1 - u)\bigl[(1 + u)\frac{x + \lambda^\star}{x + \lambda_t} - 2\bigr]$;
# over the common denominator its numerator is $\lambda_s x\{[2(\lambda_t - \lambda^\star) + \lambda_s]x + \lambda_s(2\lambda_t - \lambda^\star)\}$, which is the
# formula above. $M_1, M_2 > 0$. If $\lambda_t \ge \lambda^\star$ both brackets are positive for $\lambda_s > 0$. If $\lambda_t < \lambda^\star$, divide by $\lambda_s$
# and let $\lambda_s \to 0$: $2(\lambda_t - \lambda^\star)\,E[1/(x + \lambda_t)^2;\, x > 0] < 0$. $\square$
#
# The averages have closed forms in the two shrinkages (`beyond.shared_inputs_error`), exact to the last digits also near $\gamma = 1$.

# %%
lam_s = np.logspace(-2.5, 1.5, 14)
over = dict(gamma=2.0, noise_var=1.0)
one_lam = 1.0
on_shared = beyond.simulate_shared([one_lam], lam_s, dim=300, n_trials=30, rng=1, **over)
ratios = dict(gamma_t=over["gamma"], gamma_s=over["gamma"], noise_var=over["noise_var"])
on_fresh = ridge.simulate([one_lam], lam_s, dim=300, n_trials=30, rng=2, **ratios)

# %% mystnb={"image": {"alt": "Student's error against its penalty at gamma 2 for a teacher with penalty 1. With shared inputs theory and markers start at the teacher's error and dip below it; with fresh inputs they stay above it."}} tags=["hide-input"]
x = np.logspace(-2.5, 1.5, 200)
fig, ax = figures.subplots(figsize=(6.6, 3.8))
for index, (label, theory, points) in enumerate(
    [
        ("shared inputs", beyond.shared_inputs_error(one_lam, x, **over), on_shared),
        ("fresh inputs", ridge.student_error(one_lam, x, **ratios), on_fresh),
    ]
):
    sample = lam_s, points.student_mean[:, 0], points.student_stderr[:, 0]
    figures.curve(x, theory, sample=sample, label=label, index=index, ax=ax)
L_t = ridge.teacher_error(one_lam, ratios["gamma_t"], ratios["noise_var"])
figures.teacher_line(L_t, ax=ax)
figures.describe(ax, "lam_s", "error", "markers: d = 300, mean ± 2 s.e.", log="x", legend="best")
plt.show()

# %% [markdown]
# The best penalty is at most what the teacher lacks, $\lambda_s \le \lambda^\star - \lambda_t$. For a teacher without a penalty it is $\lambda^\star$:
# that student *is* the optimal teacher. With fresh inputs not even unlimited samples reach it:

# %%
lowest = beyond.shared_inputs_error(0.0, 2.0, **over)
p, q = ridge.teacher_moments(0.0, ratios["gamma_t"], ratios["noise_var"])
print(f"best student of a least-norm teacher, shared inputs: {lowest:.3f}")
print(f"best student, unlimited fresh inputs (1 - p^2/q):    {1 - p**2 / q:.3f}")

# %% [markdown]
# ## Question 2: the inputs are correlated
#
# **What you may still conclude.** Everything in {doc}`Mechanism II <weighted_ridge>`. **What breaks.** "A teacher that is optimal for prediction is safe."
#
# For $x \sim N(0, \Sigma)$ put $\theta = \Sigma^{1/2}\beta$. Plain ridge on $x$ is then *weighted* ridge on isotropic inputs, with weights $1/v_b$ for
# teacher and student and energies $v_b\eta_b$, where $\eta_b$ is the energy of the target's coefficients in block $b$. The error of prediction is
# $\|\hat\theta - \theta_\star\|^2$, but the penalty shrinks $\|\hat\beta\|^2$. So the question of {doc}`Mechanism I <ridge>`, does the teacher say more than it
# knows, has to be asked in the norm of the coefficients:
#
# > **Theorem (this book).** For $\gamma_s < 1$ a small $\lambda_s$ wins if and only if $\|\hat\beta_t\|^2 > \langle\hat\beta_t, \beta_\star\rangle$.
#
# *Proof.* For $\gamma_s < 1$ and $\lambda_s \to 0$ the student of {doc}`Mechanism II <weighted_ridge>` is $\hat\theta_t - \kappa\,\Sigma^{-1}\hat\theta_t$ up to $O(\kappa^2)$,
# with $\kappa = \lambda_s/(1 - \gamma_s)$. Its error changes by $-2\kappa\,\langle\Sigma^{-1}\hat\theta_t, \hat\theta_t - \theta_\star\rangle
# = -2\kappa\,(\|\hat\beta_t\|^2 - \langle\hat\beta_t, \beta_\star\rangle)$. $\square$
#
# Below, the teacher's penalty is the best one *for prediction*, and yet it is beaten, because the signal sits where the inputs vary most.

# %%
spectrum = dict(eigenvalues=[4.0, 0.25], energies=[0.95, 0.05], fractions=[0.3, 0.7])
noise_var, gamma = 1.0, 0.5
blocks, _ = beyond.correlated_blocks(**spectrum)
penalties = np.logspace(-2, 1, 4001)
errors = weighted_ridge.teacher_error(penalties, gamma, noise_var, blocks)
best_lam = penalties[errors.argmin()]
badness = beyond.coefficient_badness(best_lam, gamma, noise_var, **spectrum)
print(
    f"best penalty for prediction: {best_lam:.3f}; badness of its coefficients: c = {badness:.3f}"
)

# %%
sizes = np.array([120, 280])
students = np.logspace(-2, 1, 10)
correlated = beyond.simulate_correlated(
    [best_lam], students, gamma_t=gamma, gamma_s=gamma, noise_var=noise_var, n_trials=60, rng=3,
    eigenvalues=np.repeat(spectrum["eigenvalues"], sizes),
    energies=np.repeat(np.array(spectrum["energies"]) / sizes, sizes),
)  # fmt: skip

# %% mystnb={"image": {"alt": "Student's minus teacher's error against the student's penalty, for a teacher whose penalty is best_lam for prediction on correlated inputs. Theory and simulated markers dip slightly below zero and then rise."}} tags=["hide-input"]
x = np.logspace(-2, 1, 200)
theory = weighted_ridge.error_difference(
    best_lam, x, gamma, gamma, noise_var, blocks, teacher_weights=blocks.weights
)
sample = students, correlated.difference_mean[:, 0], correlated.difference_stderr[:, 0]
fig, ax = figures.subplots(figsize=(6.6, 3.6))
figures.curve(x, theory, sample=sample, label=r"$L_s - L_t$", ax=ax)
figures.zero_line(ax)
title = "teacher: best penalty for prediction; d = 400, mean ± 2 s.e."
figures.describe(ax, "lam_s", "difference of errors", title, log="x", ylim=(-0.03, 0.06))
plt.show()

# %% [markdown]
# ### Scaling laws: two papers, both right
#
# Real inputs have spectra that fall like a power, $v_i \propto i^{-\alpha}$, with energies of the target's coefficients $\eta_i \propto i^{-r}$. How do errors fall with $n$?
# {cite:t}`ildiz2024highdimensional` find that weak-to-strong training *cannot* improve the scaling law; {cite:t}`wu2026improved` find that
# it *can*. They look at different students. The first are **ridgeless**; the second have a **penalty that depends on n**.
# With this book's equations, one block a coordinate ($\alpha = 1.5$, $r = 1$, $n_s = n_t = n$, noise 1/4):

# %%
law = beyond.PowerLaw(alpha=1.5, r=1.0, dim=4000)
noise, n = 0.25, np.array([50, 100, 200])


def decaying(size):
    """Penalty that balances bias and variance, n^(-alpha/(alpha + r))."""
    return 0.3 * size ** -(law.alpha / (law.alpha + law.r))


rules = {"ridgeless": 0.0, "with a penalty": decaying}
sampled = {
    name: [
        beyond.simulate_correlated(
            [0.0], [rule(size) if callable(rule) else rule], gamma_t=law.dim / size,
            gamma_s=law.dim / size, noise_var=noise, n_trials=20, rng=int(size),
            eigenvalues=law.eigenvalues, energies=law.energies,
        )
        for size in n
    ]
    for name, rule in rules.items()
}  # fmt: skip

# %% mystnb={"image": {"alt": "Errors against n, both axes logarithmic, sampled at three sizes with theory curves. The ridgeless teacher and its ridgeless student are flat. The student with a penalty falls with slope about minus one half."}} tags=["hide-input"]
x = np.geomspace(40, 250, 40)
fig, ax = figures.subplots(figsize=(6.6, 3.8))
for index, (name, rule) in enumerate(rules.items()):
    weak, strong = beyond.scaling_errors(law, x, noise, student_penalty=rule)
    if index == 0:
        mean = [run.teacher_mean[0] for run in sampled[name]]
        spread = [run.teacher_stderr[0] for run in sampled[name]]
        figures.curve(x, weak, sample=(n, mean, spread), label="teacher, ridgeless", index=2, ax=ax)
    mean = [run.student_mean[0, 0] for run in sampled[name]]
    spread = [run.student_stderr[0, 0] for run in sampled[name]]
    figures.curve(x, strong, sample=(n, mean, spread), label=f"student, {name}", index=index, ax=ax)
figures.describe(ax, "number of samples $n$", "error", log="xy", legend="best")
plt.show()


# %%
def exponent(errors, stderr):
    """Slope of log error against log n, with two standard errors to each side."""
    slope = beyond.log_log_slope(n, errors, stderr)
    low, high = slope.interval
    return f"{slope.exponent:6.2f} [{low:.2f}, {high:.2f}]"


print(f"{'':26}{'sampled at n = 50, 100, 200':32}theory, same n")
for name, runs in sampled.items():
    weak, strong = beyond.scaling_errors(law, n, noise, student_penalty=rules[name])
    if name == "ridgeless":
        measured = [r.teacher_mean[0] for r in runs], [r.teacher_stderr[0] for r in runs]
        expected = beyond.log_log_slope(n, weak).exponent
        print(f"{'teacher, ridgeless':26}{exponent(*measured):32}{expected:6.2f}")
    measured = [r.student_mean[0, 0] for r in runs], [r.student_stderr[0, 0] for r in runs]
    expected = beyond.log_log_slope(n, strong).exponent
    print(f"{'student, ' + name:26}{exponent(*measured):32}{expected:6.2f}")
ideal = beyond.scaling_errors(law, n, noise, teacher_penalty=decaying)[0]
slope = beyond.log_log_slope(n, ideal).exponent
print(f"{'same penalty, true labels':26}{'':32}{slope:6.2f}")

# %% [markdown]
# The ridgeless teacher fits its noise and stops improving; a ridgeless student of it inherits that: {cite:t}`ildiz2024highdimensional` are right. A student with a penalty that shrinks with $n$
# as $n^{-\alpha/(\alpha + r)}$ improves, although its teacher does not: {cite:t}`wu2026improved` are right. Its exponent tends, slowly, to $(\alpha + r - 1)/(\alpha + r) = 0.6$, that of the best ridge on *true* labels
# (theory with three million coordinates: 0.52 between $n = 200$ and 800, 0.55 between 800 and 3,200). The penalty, not the teacher, sets the rate.
# (The exponent is a heuristic balance of bias and variance, checked with this book's equations and by simulation; the theorems are in the two papers.)
#
# ## Question 3: only the class counts
#
# **What you may still conclude.** Mechanism II, III and the warm start: they turn the direction. **What breaks.** Mechanism I, for every plain student.
#
# A linear classifier with overlap $p$ and energy $q$ errs with probability $\arccos(p/\sqrt q)/\pi$: *loudness does not matter, direction does*.
# Mechanism I only lowers the volume.
#
# > **Theorem (this book).** Trained on a teacher's predictions (soft labels), a plain student multiplies $\cos^2 = p^2/q$ by $a_1^2/a_2 \le 1$.
# > It never beats its teacher's accuracy. On hard labels, the teacher's signs, neither (a limit of many coordinates).
#
# *Proof.* $p_s = a_1p$, $q_s = a_2q$, and $a_1^2 \le a_2$ is the Cauchy–Schwarz inequality for $E\,t$ and $E\,t^2$. Signs equal
# $\sqrt{2/\pi}\,\langle\hat\beta_t, x\rangle/\|\hat\beta_t\|$ plus a rest of variance $1 - 2/\pi$ that is uncorrelated with every linear function; as noise it only
# adds to $q_s$. $\square$
#
# A *weighted* student can turn the direction. On soft labels and for $\gamma_s < 1$ the criterion is short:
#
# > **Theorem (this book).** On soft labels of a plain teacher and for $\gamma_s < 1$, small $\lambda_s$ improve the accuracy if and only if
# > $\sum_b g_be_b < \sum_b g_b\varphi_b$, whatever the teacher's penalty.
#
# *Proof.* As above with weights: $p_s = p - \kappa\,p\sum g_be_b$ and $q_s = q - 2\kappa\,[(q - \omega^2\gamma_ts^2)\sum g_be_b + \omega^2\gamma_ts^2\sum g_b\varphi_b]$ to first
# order, where $q - \omega^2\gamma_ts^2 = s^2$ and $p = s$ for a plain teacher with shrinkage $s$. So $\cos^2_s/\cos^2_t = 1 + 2\kappa\,\frac{\omega^2\gamma_ts^2}{q}\,(\sum g_b\varphi_b - \sum g_be_b)$. $\square$
#
# **Hard labels cost a toll.** Their noise $1 - 2/\pi$ has to be paid before anything is won. With $s_b = 1/(1 + \kappa g_b)$ a student of penalty $\kappa$ has the better
# direction exactly when
#
# $$\frac{\gamma_sD}{1 - \gamma_sD} < T(\kappa) = \frac{A\,(G - 1)}{1 - 2/\pi + B}, \qquad D = \sum_b\varphi_bs_b^2,$$
#
# where $G$ is the gain of $\cos^2$ by tilting alone, $A$ the energy that is kept and $B$ the misfit (`beyond.hard_label_limit`). Hence *some* $\lambda_s$ wins if and only if
# $\gamma_s < \bar\gamma = \sup_\kappa T/((1 + T)D)$. With no noise in the labels, $T \to \infty$ for every aligned penalty, and $\bar\gamma \ge 1$.

# %%
aligned = Blocks([0.2, 0.8], [0.1, 1.0], [0.8, 0.2])
setting = dict(gamma_t=0.5, gamma_s=0.2, noise_var=1.0)
careful = 6 * ridge.optimal_teacher_penalty(setting["gamma_t"], setting["noise_var"])
lam = np.logspace(-2, 1, 10)
answers = {
    kind: beyond.simulate_classification(
        [careful], lam, blocks=aligned, labels=kind, dim=300, n_trials=30, rng=4, **setting
    )
    for kind in ("soft", "hard")
}
plain = np.ones(2)
squared = weighted_ridge.simulate(
    [careful], lam, blocks=aligned, teacher_weights=plain, dim=300, n_trials=30, rng=5, **setting
)

# %% mystnb={"image": {"alt": "Left: misclassification of the student against its penalty on soft and hard labels of an over-regularised teacher, theory with markers; both dip below the teacher's line, soft labels from the smallest penalty on, hard labels only after paying a toll. Right: the same soft-label student's squared error rises above the teacher's for every penalty."}} tags=["hide-input"]
x = np.logspace(-2, 1, 120)
fig, (left, right) = figures.subplots(1, 2, figsize=(10.2, 3.8))
for index, (kind, run) in enumerate(answers.items()):
    theory = beyond.student_classification_error(careful, x, blocks=aligned, labels=kind, **setting)
    sample = lam, run.student_mean[:, 0], run.student_stderr[:, 0]
    figures.curve(x, theory, sample=sample, label=f"student, {kind} labels", index=index, ax=left)
wrong = beyond.teacher_classification_error(
    careful, setting["gamma_t"], setting["noise_var"], aligned
)
figures.teacher_line(wrong, label="teacher", ax=left)
figures.describe(left, "lam_s", "misclassified", "direction", log="x", legend="best")
theory = weighted_ridge.student_error(careful, x, blocks=aligned, teacher_weights=plain, **setting)
sample = lam, squared.student_mean[:, 0], squared.student_stderr[:, 0]
figures.curve(x, theory, sample=sample, label="student, soft labels", ax=right)
everywhere = Blocks(aligned.fractions, plain, aligned.energies)
loss = weighted_ridge.teacher_error(careful, setting["gamma_t"], setting["noise_var"], everywhere)
figures.teacher_line(loss, ax=right)
figures.describe(right, "lam_s", "squared error", "direction and loudness", log="x", legend="best")
plt.show()

# %% [markdown]
# **The same student, two verdicts.** The teacher's penalty is six times its best one. The aligned student turns the teacher's direction towards the truth, so its
# *accuracy* rises; it also makes an already faint voice fainter, so its *squared error* rises. Say which error you mean before you say who wins.

# %%
for gamma_s in (0.2, 0.8):
    limit = beyond.hard_label_limit(careful, setting["gamma_t"], setting["noise_var"], aligned)
    verdict = "some penalty wins" if gamma_s < limit else "no penalty wins"
    print(f"hard labels, gamma_s = {gamma_s}: limit {limit:.2f}, {verdict}")

# %% [markdown]
# ## Question 4: which penalty, without a single true label?
#
# **What you may still conclude.** Whether a ridge teacher on whitened inputs is too loud, and which penalty its student should have, each with an interval. **What breaks.** Of a teacher
# that is no ridge only $q$ is known; a teacher trained on correlated inputs has another $p$.
#
# All verdicts need $p$ and $q$. $q$ is measured by asking the teacher about unlabelled inputs. $p$ contains the truth, but its expected value does not have to be
# seen: a ridge fit keeps the part $s_t$ of whatever is there, so $p = s_t\|\beta_\star\|^2$. What is missing is one number, the scale $\|\beta_\star\|^2$:
#
# | what you have | then | by |
# |---|---|---|
# | the scale, $\operatorname{Var} y - \sigma^2$ | $p = s_t\lVert\beta_\star\rVert^2$ | `scale=` |
# | the same teacher with two penalties | two equations $q = \lVert\beta_\star\rVert^2E\,t^2 + \sigma^2\gamma_tE[t^2/x]$ | `second="penalty"` |
# | two teachers on disjoint data | $\langle\hat\beta_{t1}, \hat\beta_{t2}\rangle = s_t^2\lVert\beta_\star\rVert^2$ | `second="teacher"` |
#
# **By hand.** A teacher keeps $s_t = 0.9$, the scale is 1, its answers have energy $q = 1.3$. Then $p = 0.9$, $p/q = 0.69$, $c = 2(1 - 0.69) = 0.62$ and $L_t = 1 - 1.8 + 1.3 = 0.5$. With unlimited inputs a student keeps the part
# $1/(1 + \lambda_s)$ of the answers; the best part is $p/q$, so $\lambda_s = q/p - 1 = 0.44$ and $L_s = 1 - p^2/q = 0.38$. The gain, 0.12, was found without a label.
#
# **A recipe.** (1) Make the inputs {term}`whitened`, before the teacher is trained. (2) Note its $\lambda_t$ and $n_t$; scikit-learn's `alpha` is $n\lambda$. (3) Let it answer on
# at least $d + 2$ unlabelled inputs. (4) Call `beyond.diagnose`. (5) If the interval for the gain is above 0, train the student with the penalty it names.

# %%
rng = np.random.default_rng(6)
d, n_t, n_s, lam_t = 200, 400, 800, 0.05
truth = rng.standard_normal(d)
truth /= np.linalg.norm(truth)
X, unlabelled = rng.standard_normal((n_t, d)), rng.standard_normal((n_s, d))
labels = X @ truth + rng.standard_normal(n_t)
teacher = np.linalg.solve(X.T @ X / n_t + lam_t * np.eye(d), X.T @ labels / n_t)
found = beyond.diagnose(unlabelled, unlabelled @ teacher, n_t=n_t, lam_t=lam_t, scale=1.0)
found

# %% [markdown]
# The estimated gain, with its interval, against what students with these penalties really gain (this needs the truth, which `diagnose` has not seen):

# %% mystnb={"image": {"alt": "Gain over the teacher against the student's penalty. A shaded band around the estimated curve contains the true gains, drawn as markers; a dotted line marks the recommended penalty near the maximum."}} tags=["hide-input"]
at = found.penalties[::16]
gram, moments = unlabelled.T @ unlabelled / n_s, unlabelled.T @ (unlabelled @ teacher) / n_s
fits = np.array([np.linalg.solve(gram + lam * np.eye(d), moments) for lam in at])
gains = ((teacher - truth) ** 2).sum() - ((fits - truth) ** 2).sum(axis=1)
fig, ax = figures.subplots(figsize=(6.6, 3.6))
figures.draw(found, ax=ax)
ax.plot(at, gains, "o", color="black", markersize=5, label="true gain of one student")
figures.describe(ax, "lam_s", "gain $L_t - L_s$", log="x", legend="best", ylim=(-0.6, 0.5))
plt.show()

# %% [markdown]
# **When it refuses** (`beyond.Undiagnosable`): fewer than $d + 2$ inputs; inputs that are not centred or far from isotropic, whose spectrum (or lengths, where few inputs stand for many) are not those of
# whitened ones; answers that are no linear function of the inputs (of another kind of teacher only the energy $q$ still holds); answers that no ridge teacher with this penalty and scale would give.
# A *linear* teacher that is no ridge it does not recognise: that it is one, and its $\lambda_t$ and $n_t$, have to be known.
#
# **What its intervals cover.** $p/q$ and $c$ of *this* teacher; the gain of *one* student with the named penalty. No limit of many coordinates is in them: thousands of teachers are drawn, with every share of signal in
# the labels' variance equally likely; those with the same $q$ (the same ratio of energies, the same cosine of two teachers) say how $p/q$ and the gain scatter. So the intervals hold for a truth
# in a random direction, on average over the shares; below is what they do at fixed ones.

# %% [markdown]
# ### The same, live
#
# Three sampled data sets ($d = 200$, $\gamma_t = \gamma_s = 1/2$, $\sigma^2 = 1$). The estimate sees the teacher's answers, $\lambda_t$, $n_t = 400$ and the scale; the
# dark curve of the true error it does not see. Colours show the *estimated* difference.
#
# :::{div} w2s-print
# For print: the figure above is this picture for one data set and one teacher.
# :::

# %% tags=["hide-input"]
explorer.diagnose()

# %% [markdown]
# ### And the error measure as a switch
#
# Teacher and student of {doc}`Mechanism II <weighted_ridge>`, soft labels. Flip the switch between squared error and the part misclassified: the same student, two verdicts.
#
# :::{div} w2s-print
# For print: the two curves of Question 3 are its slices at one teacher, one for each position of the switch.
# :::

# %% tags=["hide-input"]
explorer.accuracy()

# %% [markdown]
# ## Does the recipe work on data that nobody here made?
#
# `studies/label_free.py` has measured it, with teachers at $\gamma_t = 1/2$ and $\lambda_t = 0.05$, far below the best penalty. *Sampled*: 500 Gaussian data sets each, $d = 300$, 50 and 13, label noise 1 (little: 1/4, much: 4).
# *Digits, breast cancer, wine*: the real inputs of scikit-learn's data sets, whitened, with linear targets and noise 1. *Diabetes*: real inputs and real labels; there the oracle takes the penalty
# of least error on held-out patients. The oracle sees the truth; the recipe sees answers. For the real data, 100 random splits each.

# %% tags=["hide-input"]
table = data.read("label_free.csv")
rows = table[table["teacher"] == "under"]
sources = {"scale": "scale known", "penalty": "two penalties", "teacher": "two teachers"}
head = f"{'d':>4} {'refused':>8} {'gain':>7} {'oracle':>7} {'p/q in':>7} {'gain in':>8}"
print(f"{'':31}{'':16}{head}")
for row in rows:
    print(
        f"{row['data']:31}{sources[row['source']]:16}{row['dim']:4} "
        f"{row['refused'] / row['trials']:8.0%} {row['gain']:7.3f} {row['oracle_gain']:7.3f} "
        f"{row['cover_overlap']:7.0%} {row['cover_gain']:8.0%}"
    )

# %% [markdown]
# ("gain": mean gain of a student with the named penalty, refused or not; "p/q in", "gain in": how often the 95 % interval holds the true value.)

# %% mystnb={"image": {"alt": "Share of the oracle's gain that the recipe reaches, one bar for each data set and source of the scale. With a known scale the bars stand between 0.85 and 1, from two teachers between 0.75 and 1, from two penalties between 0.75 and 1, lowest in 13 and 50 dimensions."}} tags=["hide-input"]
names = [name for name in dict.fromkeys(rows["data"]) if "noise" not in name]
fig, ax = figures.subplots(figsize=(8.2, 3.6))
for index, (source, label) in enumerate(sources.items()):
    chosen = rows[(rows["source"] == source) & np.isin(rows["data"], names)]
    place = np.array([names.index(name) for name in chosen["data"]]) + 0.27 * (index - 1)
    ax.bar(place, chosen["share"], 0.25, label=label)
top = dict(ncols=3, loc="upper left")
words = "", "share of the oracle's gain", "noise 1, or real labels"
figures.describe(ax, *words, legend=top, ylim=(0, 1.3))
ax.set_xticks(range(len(names)), [name.replace(": ", ":\n") for name in names])
plt.show()

# %% [markdown]
# **Where it works.** In 300 dimensions the intervals for $p/q$ and for the gain cover in 93 to 97 % of the trials, and the named penalty reaches 99 % of the oracle's gain with a known scale, 98 % from two teachers,
# 88 to 98 % from two penalties. Against teachers at their *best* penalty it loses at most 0.01 on average, and nothing with step 5 of the recipe. On real inputs and with a known scale it reaches 87 to 96 %, most of it
# with step 5, and its intervals for $p/q$ cover in 92 or 93 %. On the diabetes data, with labels that nobody made, two penalties reach 88 %.
#
# **Where it fails.** *Few dimensions*: in 13 the intervals still cover, but they are wide. With step 5, 0.17 of a possible gain of 0.30 is left with a known scale, 0.01 from two teachers, nothing from two penalties.
# *Little noise*: where labels are four fifths signal, two penalties do not tell it from noise, and without step 5 the named penalty loses 0.07 in 13 dimensions, 0.03 in 50. *One share of signal*: the intervals hold on
# average over the shares; at single ones they cover in 92 to 99 % of the trials. *Heavy tails*: a fifth of the splits of the cell measurements and two fifths of those of the digits are refused, their spectrum is too far from that of
# isotropic inputs. The penalty would have been right there, too: what breaks first are the intervals, not the choice.
#
# ## Noise in the student's labels, dependent errors
#
# Two more departures, with the functions that take them in. Noise of variance $\nu^2$ in the student's labels adds $\nu^2\gamma_ss_s^2/(1 - \gamma_ss_s^2)$ to $L_s$, with the student's shrinkage $s_s$
# (`student_noise_var` of `ridge.student_error`; `noise_var` of `synthesis.fit` for blocks and priors).
# A prior and a teacher whose noises have the covariance $w_b$ in block $b$: the student that keeps the share $a_b$ of what it hears has $2a_b(1 - a_b)w_b$ more noise, and misses $2(1 - a_b)^2w_b$ less
# (`noise_cov` of `synthesis.fit`). For {doc}`the warm start <warm_start>` with overlap $m_0$ and a supervisor with overlap $\rho$ this says: the student gains over its supervisor
# if and only if $\langle w_0, w_t\rangle < m_0/\rho$ (the argument `c` of `warm_start.flow`).
#
# ## Check yourself
#
# Every answer explains itself. Longer problems, with solutions: {doc}`exercises/beyond`.

# %% tags=["hide-input"]
from jupyterquiz import display_quiz

display_quiz(data.quiz("beyond"))

# %% [markdown]
# ## Four questions, four answers
#
# | your case | what changes | what to do |
# |---|---|---|
# | the student gets the teacher's own inputs | no gate: a small penalty helps exactly if $\lambda_t < \lambda^\star$, with any number of samples | regularise the student by what the teacher lacks |
# | the inputs are correlated, covariance $\Sigma$ | the question "too loud?" is asked of the coefficients, not of the predictions | compare $\lVert\hat\beta_t\rVert^2$ with $\langle\hat\beta_t, \beta_\star\rangle$ |
# | only the class counts | Mechanism I is gone; a penalty that fits the target still helps | turn the direction: Mechanism II, III, a warm start |
# | there are no true labels | the teacher's answers and its penalty tell which $\lambda_s$ to take | `beyond.diagnose`, and its interval |
#
# :::{admonition} Take-away
# :class: tip
# **Shared inputs**: no gate; a small penalty wins exactly against an under-regularised teacher. **Correlated inputs**: ask in the norm that the penalty shrinks; the penalty, not the
# teacher, sets the scaling law. **Classes**: only direction counts, so Mechanism I is gone and an aligned penalty helps even an over-regularised teacher. **No labels**: a teacher's
# answers, its penalty and one scale choose the student's penalty, with an interval.
# :::
#
# **What is whose.** Every theorem on this page is this book's derivation; the scaling laws are those of {cite:t}`ildiz2024highdimensional` and {cite:t}`wu2026improved`, here only illustrated.
# Markers are simulations.
#
# **Limits.** Gaussian (or whitened) inputs, linear target, ridge for both models, $d \to \infty$ at fixed ratios; hard labels act as linear labels with noise in that limit only.
# Every statement with its hypotheses: {doc}`assumptions`.
#
# ## Headline numbers

# %% tags=["nbval-check-output"]
at = dict(gamma=2.0, noise_var=1.0)
print(f"shared inputs, lambda_t = 1: L_s = {beyond.shared_inputs_error(1.0, 0.3, **at):.4f}")
best = beyond.shared_inputs_optimal_penalty(1.0, **at)
end = beyond.shared_inputs_winning_end(1.0, **at)
print(f"best penalty {best:.4f}; every penalty below {end:.4f} wins")
cautious = dict(lam_t=3.0, gamma_t=0.5, noise_var=1.0)
teacher_error = beyond.teacher_classification_error(blocks=aligned, **cautious)
student_error = beyond.student_classification_error(
    lam_s=0.3, gamma_s=0.2, blocks=aligned, **cautious
)
print(f"misclassified: teacher {teacher_error:.4f}, student {student_error:.4f}")
print(f"hard labels win below gamma_s = {beyond.hard_label_limit(blocks=aligned, **cautious):.3f}")
spread = dict(eigenvalues=[4.0, 0.25], energies=[0.95, 0.05], fractions=[0.3, 0.7])
print(f"coefficient badness: {beyond.coefficient_badness(0.3, 0.5, 1.0, **spread):.4f}")
