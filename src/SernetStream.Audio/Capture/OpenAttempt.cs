using System.Diagnostics;

namespace SernetStream.Audio.Capture;

/// <summary>Opens a source while others do something else. One that is abandoned closes a late result itself.</summary>
internal sealed class OpenAttempt : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly Task<IAudioSource> _opening;
    private bool _isTaken;

    /// <param name="open">Begins to open it, on the caller's thread.</param>
    /// <param name="done">Called when it has, or could not, on any thread.</param>
    public OpenAttempt(Func<CancellationToken, Task<IAudioSource>> open, Action done)
    {
        _opening = open(_stop.Token);
        _opening.ContinueWith(_ => done(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>How long it has taken.</summary>
    public TimeSpan Age => Stopwatch.GetElapsedTime(_began);

    /// <summary>Opens on a thread of its own, because a sound server that hangs may never answer.</summary>
    public static Task<IAudioSource> OnThread(Func<IAudioSource> open)
    {
        var opening = new TaskCompletionSource<IAudioSource>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                opening.SetResult(open());
            }
            catch (Exception error)
            {
                // Thrown again where the result is taken.
                opening.SetException(error);
            }
        })
        {
            IsBackground = true,
            Name = "open audio device",
        };
        thread.Start();
        return opening.Task;
    }

    /// <summary>Takes the result, if there is one: a source, or why there is none.</summary>
    public bool TryTake(out IAudioSource? source, out Exception? problem)
    {
        source = _opening.IsCompletedSuccessfully ? _opening.Result : null;
        problem = _opening.Exception?.InnerException ?? (_opening.IsCanceled ? new TaskCanceledException(_opening) : null);
        _isTaken = _opening.IsCompleted;
        return _isTaken;
    }

    /// <summary>A result that was not taken is no longer needed.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _opening.ContinueWith(Close, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private void Close(Task<IAudioSource> opening)
    {
        // Asking for the exception keeps it from being reported as one that nobody saw.
        if (opening.Exception is null && !opening.IsCanceled && !_isTaken)
        {
            opening.Result.Dispose();
        }

        _stop.Dispose();
    }
}
