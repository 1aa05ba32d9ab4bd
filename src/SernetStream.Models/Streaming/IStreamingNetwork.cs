namespace SernetStream.Models.Streaming;

/// <summary>A network that hears a stream step by step.</summary>
internal interface IStreamingNetwork : INetwork
{
    /// <summary>A state that has heard nothing.</summary>
    INetworkState CreateState();

    /// <summary>What computes steps of any of its states; one for each thread.</summary>
    INetworkSteps CreateSteps();
}

/// <summary>What a network remembers of one stream. One thread at a time.</summary>
internal interface INetworkState : IDisposable
{
    /// <summary>Forgets everything.</summary>
    void Clear();
}

/// <summary>Computes steps of a network's states, in memory that all of them share. One thread at a time.</summary>
internal interface INetworkSteps : IDisposable
{
    /// <summary>So many steps it can compute together, which costs less than one after the other.</summary>
    int Most { get; }

    /// <summary>Computes steps that follow each other; the answers are those of one after the other, to the bit.</summary>
    /// <param name="state">What was heard before them.</param>
    /// <param name="frames">The features of all frames of one to <see cref="Most"/> steps.</param>
    /// <param name="share">
    /// Of all that has been added up, so much remains before each step: what comes counts more beside it. 1: all of it.
    /// </param>
    /// <param name="keeps">Whether the state becomes the one after these steps; otherwise it remains as it was, and the share is 1.</param>
    /// <param name="answers">Takes one number a label after each step.</param>
    /// <param name="features">
    /// Takes what the answers after the last steps are by, as <see cref="StreamedFeatures"/> names it: of as many steps as it has room for.
    /// </param>
    void Compute(
        INetworkState state, ReadOnlySpan<float> frames, float share, bool keeps, Span<float> answers, Span<float> features = default);
}
