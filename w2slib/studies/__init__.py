"""Real networks: weak-to-strong learning along pre-training, on digits and on language models.

`probes` runs one experiment on given features, `digits` follows it along the pre-training of a small
network, `language_models` names the checkpoints of Pythia and OLMo and computes their features, `sweeps`
runs the experiment at every checkpoint, `transitions` says what can be said of such curves, and
`checkpoints` is the chapter's whole vocabulary and its command line. Each is a module of ``w2slib`` under its
own name, too: ``w2slib.probes`` and so on.
"""
