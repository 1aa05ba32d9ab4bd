using SernetStream.Native;

namespace SernetStream.Models;

/// <summary>A model's network: what computes it. All classifiers of the model share it, each with a run of its own.</summary>
internal interface INetwork : IDisposable
{
    /// <summary>Memory for one thread.</summary>
    INetworkRun CreateRun();
}

/// <summary>A network's memory for one window after the other. One thread at a time.</summary>
internal interface INetworkRun : IDisposable
{
    /// <summary>One number a label, of the window that was computed last.</summary>
    Span<float> Output { get; }

    /// <summary>The baseline of a microphone; empty: the model has none.</summary>
    Span<float> State { get; }

    /// <summary>The baseline with the window that was computed last.</summary>
    Span<float> StateAfter { get; }

    /// <summary>The model's own features of the window that was computed last, before the baseline is updated with it.</summary>
    /// <param name="features">Takes them.</param>
    void CopyFeatures(Span<float> features)
    {
        // The baseline afterwards is (baseline × heard + features) / (heard + 1).
        var heard = State[^1];
        for (var i = 0; i < features.Length; i++)
        {
            features[i] = (StateAfter[i] * (heard + 1)) - (State[i] * heard);
        }
    }

    /// <summary>Memory for the features of a window. It lives as long as the run, which disposes it.</summary>
    AlignedBuffer<float> CreateFeatures();

    /// <summary>Computes a window where it lies.</summary>
    /// <param name="features">Of <see cref="CreateFeatures"/>.</param>
    void Run(AlignedBuffer<float> features);
}
