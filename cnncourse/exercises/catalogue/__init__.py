"""Every exercise is one file, ``catalogue/CHAPTER/ID.py``; this is the order in which they are offered.

The chapters follow ``_toc.yml``, and each chapter's page shows its exercises in this order; tests hold both to it.
"""

CATALOGUE = {
    "introduction": ("predict_parameters", "layer_parameters", "shift2d", "convolution_matrix"),
    "cross_correlation": ("predict_windows", "corr2d", "convolve2d", "kernel_gradient"),
    "padding": ("predict_padding", "pad2d", "same_padding", "visits"),
    "stride": ("predict_stride", "output_size", "corr2d_strided", "unused_cells", "receptive_field"),
    "channels": ("predict_channels", "corr2d_multi_in", "conv2d", "conv1x1", "conv2d_cost"),
    "pooling": ("predict_pooling", "pool2d", "average_of_real", "global_average"),
    "lenet": ("predict_lenet", "lenet_table", "cross_entropy", "train_step"),
    "features": ("accuracy", "confusion_matrix", "covered"),
    "mnist": ("to_images", "minibatches", "one_cycle", "images_needed", "shared_gradient"),
}
