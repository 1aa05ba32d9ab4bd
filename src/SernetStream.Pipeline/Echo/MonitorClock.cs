using SernetStream.Speech;

namespace SernetStream.Pipeline.Echo;

/// <summary>
/// Keeps the monitor beside the microphone, step by step. The clocks of two sound cards differ by some millionths, which it learns from
/// the dates of the samples; each date is wrong by some milliseconds, which must not reach the samples. So the place moves
/// evenly, at a rate that is corrected ever more slowly. One thread.
/// </summary>
internal sealed class MonitorClock
{
    private const double Step = ISpeechDetector.StepLength;

    private const int StepsToTrust = 150;
    private const int StepsRemembered = 6000;

    // 50 ms from where it should be, for a second: something has been lost. 20 ms after all the rates: it has crept away.
    private const double Strange = 800;
    private const int StrangeSteps = 30;
    private const double Creep = 320;

    // No date is wrong by a second: the microphone was muted, or away.
    private const double Gap = 16000;

    private double _offset;
    private double _drift;
    private double _moved;
    private double _spread;
    private int _steps;
    private int _strange;

    /// <summary>One past the sample of the monitor that belongs to the end of the step; NaN: the monitor has not come yet.</summary>
    public double Position { get; private set; } = double.NaN;

    /// <summary>Samples of the monitor for one of the microphone.</summary>
    public double Rate { get; private set; } = 1;

    /// <summary>The next step of the microphone.</summary>
    /// <param name="dated">Where the dates put its end; NaN if the monitor has not come yet.</param>
    /// <returns>Whether the place is a new one, which has nothing to do with that before.</returns>
    public bool Next(double dated)
    {
        if (double.IsNaN(dated))
        {
            return false;
        }

        if (_steps == 0)
        {
            return Restart(dated);
        }

        Position += Step * Rate;
        _moved += Step * (Rate - 1);
        var nominal = Position - _moved;
        _offset += _drift;
        var error = dated - nominal - _offset;
        _strange = Math.Abs(error) > Strange ? _strange + 1 : 0;
        if (_strange > StrangeSteps || Math.Abs(error) > Gap)
        {
            return Restart(dated);
        }

        if (_strange == 0)
        {
            Learn(error);
        }

        // By rate alone it may creep away in hours.
        if (Math.Abs(_offset - _moved) > Creep && _steps > StepsToTrust)
        {
            Position += _offset - _moved;
            _moved = _offset;
        }

        return false;
    }

    /// <summary>A straight line through all dates, then through those of the last minutes.</summary>
    private void Learn(double error)
    {
        var n = (double)Math.Min(++_steps, StepsRemembered);
        _spread += ((error * error) - _spread) / n;
        _offset += 2 * ((2 * n) - 1) / (n * (n + 1)) * error;
        _drift += 6 / (n * (n + 1)) * error;
        if (_steps > StepsToTrust)
        {
            // A slope of so many dates is so uncertain (squared): within twice that, the clocks may be the same.
            var uncertain = 4 * 12 * _spread / (n * n * n);
            Rate = 1 + (_drift / Step * Math.Max(0, 1 - (uncertain / Math.Max(_drift * _drift, 1e-12))));
        }
    }

    private bool Restart(double dated)
    {
        (Position, Rate, _offset, _drift, _moved, _spread, _steps, _strange) = (dated, 1, 0, 0, 0, 0, 1, 0);
        return true;
    }
}
