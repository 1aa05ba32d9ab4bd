namespace SernetStream.Pipeline.Segmentation;

/// <summary>Takes what the front end makes of a stream.</summary>
internal interface IFrontEndSink
{
    /// <summary>An empty window to fill; it is given back by <see cref="Window"/>.</summary>
    FeatureWindow RentWindow();

    /// <summary>A window is ready.</summary>
    void Window(FeatureWindow window);

    /// <summary>The gate moved, or a hop has passed.</summary>
    /// <returns>Whether it was taken; if not, it is reported again a step later, with the state of that time.</returns>
    bool Progress(SpeechProgress progress);
}
