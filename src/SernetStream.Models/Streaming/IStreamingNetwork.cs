namespace SernetStream.Models.Streaming;

/// <summary>A network that hears a stream step by step.</summary>
internal interface IStreamingNetwork : INetwork
{
    /// <summary>A state that has heard nothing.</summary>
    INetworkState CreateState();
}

/// <summary>What a network remembers of one stream, and the memory for a step. One thread at a time.</summary>
internal interface INetworkState : IDisposable
{
    /// <summary>One number a label, after the last step.</summary>
    ReadOnlySpan<float> Output { get; }

    /// <summary>Computes a step. The state remains as it was until <see cref="Keep"/>.</summary>
    /// <param name="frames">The features of a step's frames.</param>
    void Step(ReadOnlySpan<float> frames);

    /// <summary>The state becomes the one after the step that was computed last.</summary>
    void Keep();

    /// <summary>Makes all that has been added up smaller: what comes counts more beside it.</summary>
    /// <param name="share">Of it remains.</param>
    void Fade(float share);

    /// <summary>Forgets everything.</summary>
    void Clear();
}
