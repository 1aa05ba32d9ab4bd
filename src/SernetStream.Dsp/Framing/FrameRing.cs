using System.Numerics;
using SernetStream.Dsp.Simd;
using SernetStream.Dsp.Transforms;

namespace SernetStream.Dsp.Framing;

/// <summary>
/// What is kept of the newest frames of a stream: their energies, and the features they last became with the gain and
/// floor of that time, so that nothing is computed again for a window that has the same.
/// </summary>
internal sealed class FrameRing
{
    private readonly int _mask;
    private readonly int _energyCount;
    private readonly int _featureCount;
    private readonly float[] _energies;
    private readonly float[] _features;
    private readonly bool _hasFloor;
    private readonly FrameState[] _states;

    /// <param name="frames">How many frames at least.</param>
    /// <param name="options">How much a frame has, and whether there is ever a floor.</param>
    public FrameRing(int frames, FrontEndOptions options)
    {
        // A power of two, so that a frame's place is found without a division.
        var capacity = (int)BitOperations.RoundUpToPowerOf2((uint)frames);
        var (energyCount, featureCount) = (options.EnergyCount, options.FrameFeatures);
        _hasFloor = options.TopDb is not null;
        _mask = capacity - 1;
        _energyCount = energyCount;
        _featureCount = featureCount;
        _energies = new float[capacity * energyCount];
        _features = new float[capacity * featureCount];
        _states = new FrameState[capacity];
    }

    /// <summary>The energies of a frame.</summary>
    public Span<float> EnergiesOf(long frame) => _energies.AsSpan(Slot(frame) * _energyCount, _energyCount);

    /// <summary>The energies of frames that follow each other; of as many as lie side by side, see <see cref="SideBySide"/>.</summary>
    public Span<float> EnergiesOf(long first, int frames) => _energies.AsSpan(Slot(first) * _energyCount, frames * _energyCount);

    /// <summary>How many frames from this one on lie side by side here.</summary>
    public int SideBySide(long frame) => _mask + 1 - Slot(frame);

    /// <summary>Says that the energies of a frame were written.</summary>
    public void Renew(long frame)
    {
        var (least, loudest) = _hasFloor ? MinMax.Of(EnergiesOf(frame)) : default;
        _states[Slot(frame)] = new FrameState(least, loudest, float.NaN, float.NaN);
    }

    /// <summary>Overwrites all frames, and what they have become, by those of silence.</summary>
    /// <param name="energies">Of a frame of silence.</param>
    public void Silence(ReadOnlySpan<float> energies)
    {
        Array.Clear(_features);
        for (var slot = 0; slot <= _mask; slot++)
        {
            energies.CopyTo(EnergiesOf(slot));
            Renew(slot);
        }
    }

    /// <summary>The largest energy of a frame.</summary>
    public float LoudestOf(long frame) => _states[Slot(frame)].Loudest;

    /// <summary>The features of a frame with a gain and a floor, computed if they are not there yet.</summary>
    public ReadOnlySpan<float> FeaturesOf(long frame, float gain, float floor, FeatureTransform transform)
    {
        var slot = Slot(frame);
        ref var state = ref _states[slot];
        var features = _features.AsSpan(slot * _featureCount, _featureCount);

        // A floor below everything there is is none.
        var felt = state.Least * gain < floor ? floor : 0;
        if (state.Gain != gain || state.Floor != felt)
        {
            transform.Apply(_energies.AsSpan(slot * _energyCount, _energyCount), gain, felt, features);
            (state.Gain, state.Floor) = (gain, felt);
        }

        return features;
    }

    private int Slot(long frame) => (int)(frame & _mask);

    /// <summary>Gain and floor are those of the features; NaN, which equals nothing, if there are none.</summary>
    private record struct FrameState(float Least, float Loudest, float Gain, float Floor);
}
