"""Figures: a sliding window as plain data, one visual grammar, and a file for what each chapter draws.

Each figure stands next to the words that say it: ``draw_X`` beside ``describe_X``. The files import one way, each only
what stands before it in this order, which the chapters take from _toc.yml:

1. `trace` records a sliding window as plain data: no torch, no matplotlib.
2. `grammar` holds roles, colours, cells, pictures, the words for numbers and grids, and what shows them on a page.
3. `steps` draws a window at work: four chapters use it, and it belongs to none of them.
4. One file a chapter, named after it: `introduction`, `cross_correlation`, `padding`, `stride`, `channels`, `pooling`,
   `lenet`, `features`, `mnist`.
"""
