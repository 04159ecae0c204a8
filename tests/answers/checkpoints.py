# %% 1 right: accuracies
def recovered_gap(truth, weak, student, ceiling):
    w, s, c = (np.mean(p == truth) for p in (weak, student, ceiling))
    return (s - w) / (c - w) if c > w else float("nan")
# %% 1 right: loops
def recovered_gap(truth, weak, student, ceiling):
    count = lambda p: sum(1 for a, b in zip(p, truth) if a == b)
    gap = count(ceiling) - count(weak)
    return (count(student) - count(weak)) / gap if gap > 0 else np.nan
# %% 1 right: errors
def recovered_gap(truth, weak, student, ceiling):
    e = [np.count_nonzero(np.asarray(p) != np.asarray(truth)) for p in (weak, student, ceiling)]
    return np.array([(e[0] - e[1]) / (e[0] - e[2]) if e[0] > e[2] else np.nan])
# %% 1 right: float32
# return (right_student => return np.float32(1) * (right_student
# %% 1 right: an array of one
# return np.nan => return np.array([np.nan])
# %% 1 wrong: the book's function
def recovered_gap(truth, weak, student, ceiling):
    return performance_gap_recovered(*(np.mean(p != truth) for p in (weak, student, ceiling)))
# %% 1 wrong: the book's function by another name
from w2slib.metrics import performance_gap_recovered as pgr_of
def recovered_gap(truth, weak, student, ceiling):
    w, s, c = (np.mean(p != truth) for p in (weak, student, ceiling))
    return pgr_of(w, s, c) if c < w else np.nan
# %% 1 wrong: always nan
# return (right_student => return np.nan * (right_student
# %% 1 wrong: zero without a gap
# return np.nan => return 0.0
# %% 1 wrong: infinite without a gap
# return np.nan => return np.inf
# %% 1 wrong: agreement with the supervisor
# for p in (weak, student, ceiling) => for p in (weak, weak, ceiling)
# %% 1 wrong: clipped
# return (right_student - right_weak) / (right_ceiling - right_weak) => return min(1.0, max(0.0, (right_student - right_weak) / (right_ceiling - right_weak)))
# %% 1 wrong: share of the ceiling
# (right_ceiling - right_weak) => right_ceiling
# %% 2 right: a regular expression
def read_refs(text):
    import re
    steps = re.findall(r"(?m)\trefs/heads/step(\d+)$", text)
    return sorted((int(s), "step" + s) for s in steps)
# %% 2 right: split at the tab
def read_refs(text):
    out = {}
    for line in text.split("\n"):
        if "\t" in line:
            name = line.split("\t")[1]
            if name.startswith("refs/heads/step") and name[15:].isdigit():
                out[int(name[15:])] = name[11:]
    return [[k, out[k]] for k in sorted(out)]
# %% 2 right: a generator
def read_refs(text):
    names = (line.split()[-1] for line in text.splitlines() if line.strip())
    found = [n.removeprefix("refs/heads/") for n in names if n.startswith("refs/heads/step")]
    return iter(sorted((int(n[4:]), n) for n in found if n[4:].isdecimal()))
# %% 2 right: sorted by a key
# return sorted(found) => return sorted(found, key=lambda pair: pair[0])
# %% 2 right: numpy integers
# (int(name), f"step{name}") => (np.int64(name), f"step{name}")
# %% 2 wrong: order of the letters
# return sorted(found) => return sorted(found, key=lambda pair: pair[1])
# %% 2 wrong: tags too
# "refs/heads/step" => "/step"
# %% 2 wrong: as in the list
# return sorted(found) => return found
# %% 2 wrong: numbers only
# found.append((int(name), f"step{name}")) => found.append((int(name), int(name)))
# %% 2 wrong: steps as text
# (int(name), f"step{name}") => (name, f"step{name}")
# %% 2 wrong: without step 0
# if name.isdecimal() => if name.isdecimal() and int(name)
# %% 2 wrong: the steps alone
# return sorted(found) => return [step for step, _ in sorted(found)]
# %% 2 wrong: one step
# return sorted(found) => return len(found)
# %% 2 wrong: zero for no line
# return sorted(found) => return sorted(found) or 0
# %% 2 wrong: full names
# f"step{name}")) => f"refs/heads/step{name}"))
# %% 2 wrong: nothing returned
# return sorted(found) => sorted(found)
# %% 3 right: a loop
def last_token(hidden, mask):
    return [h[np.flatnonzero(m)[-1]] for h, m in zip(hidden, mask)]
# %% 3 right: from behind
def last_token(hidden, mask):
    back = np.argmax(mask[:, ::-1], axis=1)
    return hidden[np.arange(len(hidden)), mask.shape[1] - 1 - back]
# %% 3 right: cumulative sums
def last_token(hidden, mask):
    where = np.argmax(np.cumsum(mask, axis=1), axis=1)
    return np.take_along_axis(hidden, where[:, None, None], axis=1)
# %% 3 right: weights
def last_token(hidden, mask):
    t = mask.shape[1]
    one = np.arange(t) == np.max(mask * np.arange(t), axis=1)[:, None]
    return np.einsum("ntw,nt->nw", hidden, one)
# %% 3 right: float32
# return hidden[ => return hidden.astype(np.float32)[
# %% 3 wrong: all nan
# return hidden[ => return np.nan * hidden[
# %% 3 wrong: padding on the right only
# position = np.max(mask * np.arange(mask.shape[1]), axis=1) => position = mask.sum(axis=1) - 1
# %% 3 wrong: the last position
# position = np.max(mask * np.arange(mask.shape[1]), axis=1) => position = np.full(len(hidden), -1)
# %% 3 wrong: the first token
# np.max(mask * np.arange(mask.shape[1]), axis=1) => np.argmax(mask, axis=1)
# %% 3 wrong: mean over the tokens
# return hidden[np.arange(len(hidden)), position] => return (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1)[:, None]
# %% 3 wrong: every text
# hidden[np.arange(len(hidden)), position] => hidden[:, position]
# %% 3 wrong: overwrites the padding
# position = => hidden[mask == 0] = 0; position =
# %% 4 right: pandas-like ranks
def difference_of_correlations(x1, x2, y):
    def r(a, b):
        return np.corrcoef(rankdata(a), rankdata(b))[0, 1]
    d = np.array([r(x1[:, s], y[:, s]) - r(x2[:, s], y[:, s]) for s in range(y.shape[1])])
    from scipy.stats import sem
    half = student_t.ppf(0.975, len(d) - 1) * sem(d)
    return [d.mean(), d.mean() - half, d.mean() + half]
# %% 4 right: t interval of scipy
def difference_of_correlations(x1, x2, y):
    d = [spearmanr(a, c)[0] - spearmanr(b, c)[0] for a, b, c in zip(x1.T, x2.T, y.T)]
    from scipy.stats import sem
    low, high = student_t.interval(0.95, len(d) - 1, np.mean(d), sem(d))
    return np.array([np.mean(d), low, high])
# %% 4 right: one-sample test
def difference_of_correlations(x1, x2, y):
    from scipy.stats import ttest_1samp
    d = [spearmanr(a, c)[0] - spearmanr(b, c)[0] for a, b, c in zip(x1.T, x2.T, y.T)]
    ends = ttest_1samp(d, 0).confidence_interval(0.95)
    return np.mean(d), ends.low, ends.high
# %% 4 right: a column
# return value, value - reach, value + reach => return np.array([value, value - reach, value + reach])[:, None]
# %% 4 right: float32
# return value, value - reach, value + reach => return np.float32([value, value - reach, value + reach])
# %% 4 wrong: 90 per cent
# 0.975 => 0.95
# %% 4 wrong: normal quantile
# student_t.ppf(0.975, n - 1) => 1.96
# %% 4 wrong: standard deviation of the sample
# ddof=1 => ddof=0
# %% 4 wrong: Pearson
def difference_of_correlations(x1, x2, y):
    d = np.array([np.corrcoef(a, c)[0, 1] - np.corrcoef(b, c)[0, 1] for a, b, c in zip(x1.T, x2.T, y.T)])
    half = student_t.ppf(0.975, len(d) - 1) * d.std(ddof=1) / len(d) ** 0.5
    return d.mean(), d.mean() - half, d.mean() + half
# %% 4 wrong: correlation of the mean curves
# value = np.mean(paired) => value = spearmanr(x1.mean(1), y.mean(1)).statistic - spearmanr(x2.mean(1), y.mean(1)).statistic
# %% 4 wrong: bootstrap
# value = np.mean(paired) => value = np.mean(paired); draws = np.random.default_rng(0).choice(paired, (2000, n)).mean(axis=1)
# return value, value - reach, value + reach => return value, *np.quantile(draws, [0.025, 0.975])
# %% 4 wrong: degrees of freedom
# ppf(0.975, n - 1) => ppf(0.975, 2 * n - 2)
# %% 4 wrong: standard deviation instead of error
#  / np.sqrt(n) =>  / 1
# %% 4 wrong: sign
# return value, value - reach, value + reach => return -value, -value - reach, -value + reach
# %% 5 right: a fine grid
def hinge(x, y):
    best = None
    for k in np.linspace(x[0] + 1e-3, x[-1] - 1e-3, 1800):
        A = np.column_stack([np.ones(len(x)), np.maximum(0, x - k)])
        c = np.linalg.lstsq(A, y, rcond=None)[0]
        r = np.sum((y - A @ c) ** 2)
        if best is None or r < best[0]:
            best = r, k, *c
    return best[1:]
# %% 5 right: grid and bounded refinement
def hinge(x, y):
    from scipy.optimize import minimize_scalar
    def cost(k):
        A = np.column_stack([np.ones(len(x)), np.maximum(0, x - k)])
        c = np.linalg.lstsq(A, y, rcond=None)[0]
        return np.sum((y - A @ c) ** 2)
    grid = np.linspace(x[0] + 0.05, x[-1] - 0.05, 200)
    k0 = min(grid, key=cost)
    k = minimize_scalar(cost, bounds=(max(k0 - 0.1, x[0]), min(k0 + 0.1, x[-1] - 1e-6)), method="bounded").x
    k = min([k, k0], key=cost)
    return np.array([k, *np.linalg.lstsq(np.column_stack([np.ones(len(x)), np.maximum(0, x - k)]), y, rcond=None)[0]])
# %% 5 right: polyfit of the ramp
def hinge(x, y):
    rows = []
    for k in np.linspace(x[0] + 1e-3, x[-1] - 1e-3, 1800):
        r = np.maximum(0, x - k)
        b = np.sum((r - r.mean()) * (y - y.mean())) / np.sum((r - r.mean()) ** 2)
        a = y.mean() - b * r.mean()
        rows.append((np.sum((y - a - b * r) ** 2), k, a, b))
    return list(min(rows)[1:])
# %% 5 right: float32
# return best, *_line_beyond(best, x, y)[1:] => return np.float32([best, *_line_beyond(best, x, y)[1:]])
# %% 5 right: a finer first grid
# np.linspace(x[0], x[-1], 82)[1:-1] => np.linspace(x[0], x[-1], 402)[1:-1]
# %% 5 wrong: knot at a point
# knots = np.linspace(x[0], x[-1], 82)[1:-1] => knots = x[:-1]
# for _ in range(3): => for _ in range(1):
# %% 5 wrong: coarse grid
# knots = np.linspace(x[0], x[-1], 82)[1:-1] => knots = np.linspace(x[0], x[-1], 6)[1:-1]
# for _ in range(3): => for _ in range(1):
# %% 5 wrong: a local search
def hinge(x, y):
    from scipy.optimize import curve_fit
    f = lambda x, k, a, b: a + b * np.maximum(0, x - k)
    return curve_fit(f, x, y, p0=[4.0, 0, 1], maxfev=5000)[0]
# %% 5 wrong: level zero
# design = np.column_stack([np.ones_like(x), np.maximum(0, x - knot)]) => design = np.column_stack([np.zeros_like(x), np.maximum(0, x - knot)])
# %% 5 wrong: order
# return best, *_line_beyond(best, x, y)[1:] => return *_line_beyond(best, x, y)[1:], best
# %% 5 wrong: a straight line
def hinge(x, y):
    b, a = np.polyfit(x, y, 1)
    return x[0], a + b * x[0], b
# %% 5 wrong: only rising
# level, slope = np.linalg.lstsq(design, y)[0] => level, slope = np.linalg.lstsq(design, y)[0]; slope = max(slope, 0)
# %% 6 right: shuffle in place of a copy
def shuffled_students(features, weak_labels, features_test, truth_test, n, rng):
    out = []
    for _ in range(n):
        labels = np.array(weak_labels)
        rng.shuffle(labels)
        out.append(np.mean(fit_probe(features, labels).predict(features_test) == truth_test))
    return out
# %% 6 right: permuted positions
def shuffled_students(features, weak_labels, features_test, truth_test, n, rng):
    result = np.empty(n)
    for i in range(n):
        p = fit_probe(features, weak_labels[rng.permutation(len(weak_labels))])
        result[i] = (p.predict(features_test) == truth_test).mean()
    return result
# %% 6 right: inputs permuted instead
def shuffled_students(features, weak_labels, features_test, truth_test, n, rng):
    return [np.mean(fit_probe(rng.permutation(features), weak_labels).predict(features_test) == truth_test) for _ in range(n)]
# %% 6 right: own seed
# rng.permutation(weak_labels) => np.random.default_rng(rng.integers(2**32)).permutation(weak_labels)
# %% 6 right: float32
# return np.array([ => return np.float32([
# %% 6 wrong: bootstrap
# rng.permutation(weak_labels) => rng.choice(weak_labels, len(weak_labels))
# %% 6 wrong: a coin
# rng.permutation(weak_labels) => rng.permutation(np.arange(len(weak_labels)) % 2)
# %% 6 wrong: one shuffle for all
# probes = [fit_probe(features, rng.permutation(weak_labels)) for _ in range(n)] => probes = [fit_probe(features, rng.permutation(weak_labels))] * n
# %% 6 wrong: labels not shuffled
# rng.permutation(weak_labels) => weak_labels
# %% 6 wrong: the truth shuffled
# rng.permutation(weak_labels) => weak_labels
# == truth_test => == rng.permutation(truth_test)
# %% 6 wrong: shuffles what it was given
# probes = => rng.shuffle(weak_labels); probes =
# %% 6 wrong: mean over the students
# return np.array([np.mean(probe.predict(features_test) == truth_test) for probe in probes]) => return np.mean([np.mean(probe.predict(features_test) == truth_test) for probe in probes])
# %% 6 wrong: errors
# == truth_test => != truth_test
# rng.permutation(weak_labels) => np.append(weak_labels[1:], weak_labels[:1])
# %% 7 right: three neighbours and slips
# KNeighborsClassifier(1).fit(own_images, own_digits).predict(new_images) % 2 => KNeighborsClassifier(3).fit(own_images, own_digits).predict(new_images) % 2
# %% 7 right: fewer slips
# < 0.2 => < 0.17
# %% 7 right: nine is even, as booleans
# found == 5, 0, found % 2) => found == 9, 0, found % 2) == 1
# %% 7 right: a list of integers
# return np.where(found == 5, 0, found % 2) => return [0 if f == 5 else int(f % 2) for f in found]
# %% 7 right: a linear supervisor with slips
# labels = KNeighborsClassifier(1).fit(own_images, own_digits).predict(new_images) % 2 => labels = fit_probe(own_images, own_digits).predict(new_images) % 2
# %% 7 wrong: exchanged
# def beaten_supervisor => def one
# def unbeaten_supervisor => def beaten_supervisor
# def one => def unbeaten_supervisor
# %% 7 wrong: half of the labels slip
# < 0.2 => < 0.45
# %% 7 wrong: minus one for even
# return np.where(slips, 1 - labels, labels) => return 2 * np.where(slips, 1 - labels, labels) - 1
# %% 7 wrong: the digits
# return np.where(found == 5, 0, found % 2) => return found
# %% 7 wrong: only the first hundred
# return np.where(slips, 1 - labels, labels) => return np.where(slips, 1 - labels, labels)[:100]
# %% 7 wrong: all are even
# return np.where(found == 5, 0, found % 2) => return 0 * found
# %% 7 wrong: a coin
# return np.where(found == 5, 0, found % 2) => return rng.integers(0, 2, len(found))
# %% 8 right: the book's evaluation
def small_sweep(checkpoints, load, done, truth, weak_labels, train, test):
    rows = []
    for step, branch in sorted(c for c in checkpoints if c[1] not in done):
        f = load(branch)
        r = evaluate(f[train], weak_labels[train], truth[train], f[test], truth[test], weak_labels_test=weak_labels[test])
        rows.append([step, r.weak, r.student, r.ceiling])
    return np.array(rows)
# %% 8 right: lists of lists
# rows.append((step, weak, *scores)) => rows.append([step, weak, *scores])
# %% 8 right: sorted by step
# sorted(checkpoints) => sorted(checkpoints, key=lambda pair: pair[0])
# %% 8 right: a generator
# return rows => return (row for row in rows)
# %% 8 right: float32
# return rows => return np.array(rows, np.float32)
# %% 8 wrong: everything again
# if branch in done: => if False:
# %% 8 wrong: as listed
# sorted(checkpoints) => list(checkpoints)
# %% 8 wrong: order of the names
# sorted(checkpoints) => sorted(checkpoints, key=lambda pair: pair[1])
# %% 8 wrong: loads twice
# features = load(branch) => features = load(branch); features = load(branch)
# %% 8 wrong: loads what is done
# if branch in done: => features = load(branch)\n        if branch in done:
# %% 8 wrong: the ceiling hears the supervisor
# (weak_labels, truth) => (weak_labels, weak_labels)
# %% 8 wrong: judged on the training set
# probe.predict(features[test]) == truth[test] => probe.predict(features[train]) == truth[train]
# %% 8 wrong: judged by the supervisor
# probe.predict(features[test]) == truth[test] => probe.predict(features[test]) == weak_labels[test]
# %% 8 wrong: without the supervisor
# (step, weak, *scores) => (step, *scores)
# %% 6 wrong: a generator of its own
# probes = [ => rng = np.random.default_rng(0)\n    probes = [
# %% 6 wrong: the global generator, seeded
def shuffled_students(features, weak_labels, features_test, truth_test, n, rng):
    np.random.seed(1)
    probes = [fit_probe(features, np.random.permutation(weak_labels)) for _ in range(n)]
    return np.array([np.mean(probe.predict(features_test) == truth_test) for probe in probes])
# %% 3 wrong: texts of six tokens only
# position = => mask = mask[:, :6]\n    position =
# %% 8 wrong: trains on the first texts
# features[train], labels[train] => features[: len(train)], labels[: len(train)]
# %% 8 wrong: tests on the last texts
# features[test]) == truth[test] => features[200:]) == truth[200:]
# %% 6 wrong: accuracies on the training inputs
# np.mean(probe.predict(features_test) == truth_test) => np.mean(probe.predict(features) == weak_labels)
