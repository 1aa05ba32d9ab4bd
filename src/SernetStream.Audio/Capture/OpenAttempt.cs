using System.Diagnostics;
using SernetStream.Native;

namespace SernetStream.Audio.Capture;

/// <summary>
/// Opens a source on a thread of its own, because a sound server that hangs may never answer; such a thread is
/// abandoned, and closes a late result itself.
/// </summary>
internal sealed class OpenAttempt
{
    private readonly Lock _gate = new();
    private readonly long _began = Stopwatch.GetTimestamp();
    private IAudioSource? _source;
    private Exception? _problem;
    private bool _isDone;
    private bool _isAbandoned;

    /// <param name="open">Opens it.</param>
    /// <param name="done">Signalled when it has, or could not.</param>
    public OpenAttempt(Func<IAudioSource> open, WakeEvent done)
    {
        var thread = new Thread(() => Run(open, done)) { IsBackground = true, Name = "open audio device" };
        thread.Start();
    }

    /// <summary>How long it has taken.</summary>
    public TimeSpan Age => Stopwatch.GetElapsedTime(_began);

    /// <summary>Takes the result, if there is one: a source, or why there is none.</summary>
    public bool TryTake(out IAudioSource? source, out Exception? problem)
    {
        lock (_gate)
        {
            (source, problem) = (_source, _problem);
            return _isDone;
        }
    }

    /// <summary>The result is no longer needed.</summary>
    public void Abandon()
    {
        IAudioSource? unwanted;
        lock (_gate)
        {
            _isAbandoned = true;
            (unwanted, _source) = (_source, null);
        }

        unwanted?.Dispose();
    }

    private void Run(Func<IAudioSource> open, WakeEvent done)
    {
        IAudioSource? source = null;
        Exception? problem = null;
        try
        {
            source = open();
        }
        catch (Exception error)
        {
            // Thrown again where the result is taken.
            problem = error;
        }

        lock (_gate)
        {
            (_problem, _isDone) = (problem, true);
            if (!_isAbandoned)
            {
                (_source, source) = (source, null);
            }
        }

        source?.Dispose();
        done.Signal();
    }
}
