using System.Numerics.Tensors;
using SernetStream.Pipeline;

namespace SernetStream.Web.Dashboard;

/// <summary>What a pulse of the meter says.</summary>
/// <param name="PeakDb">Loudest sample since the last pulse, in decibels below full scale; −100 for silence.</param>
/// <param name="LevelDb">Root mean square of the same time.</param>
/// <param name="Speech">Highest probability of speech.</param>
/// <param name="IsSpeaking">Whether the gate is open.</param>
internal readonly record struct MeterReading(double PeakDb, double LevelDb, double Speech, bool IsSpeaking);

/// <summary>
/// Watches the front end for the dashboards: level, speech and picture. While nobody does, it costs a comparison.
/// </summary>
/// <param name="showsImage">Whether frames are kept for the picture.</param>
internal sealed class LiveMeter(bool showsImage = true) : IPipelineObserver
{
    /// <summary>What silence is shown as.</summary>
    public const double Floor = -100;

    private readonly Lock _gate = new();
    private volatile bool _isWatched;
    private float _peak;
    private double _energy;
    private long _samples;
    private float _speech;
    private bool _isSpeaking;

    /// <summary>The picture.</summary>
    public LiveImage Image { get; } = new();

    /// <inheritdoc/>
    public bool IsWatched
    {
        get => _isWatched;
        set => _isWatched = value;
    }

    /// <inheritdoc/>
    public void Frame(ReadOnlySpan<float> energies)
    {
        if (_isWatched && showsImage)
        {
            Image.Add(energies);
        }
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<float> samples, float speechProbability, bool isSpeaking)
    {
        if (!_isWatched)
        {
            return;
        }

        var peak = Math.Abs(TensorPrimitives.MaxMagnitude(samples));
        var energy = TensorPrimitives.SumOfSquares(samples);
        lock (_gate)
        {
            _peak = Math.Max(_peak, peak);
            _energy += energy;
            _samples += samples.Length;
            _speech = Math.Max(_speech, speechProbability);
            _isSpeaking = isSpeaking;
        }
    }

    /// <inheritdoc/>
    public void Silence()
    {
        Image.Clear();
        lock (_gate)
        {
            (_peak, _energy, _samples, _speech, _isSpeaking) = (0, 0, 0, 0, false);
        }
    }

    /// <summary>The values since the last call.</summary>
    public MeterReading Take()
    {
        lock (_gate)
        {
            var reading = new MeterReading(
                Decibels(_peak), Decibels(_samples == 0 ? 0 : Math.Sqrt(_energy / _samples)), _speech, _isSpeaking);
            (_peak, _energy, _samples, _speech) = (0, 0, 0, 0);
            return reading;
        }
    }

    private static double Decibels(double amplitude) => Math.Max(Floor, 20 * Math.Log10(amplitude + 1e-9));
}
