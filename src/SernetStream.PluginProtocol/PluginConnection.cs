using System.Collections.Concurrent;
using SernetStream.Plugins;

namespace SernetStream.PluginProtocol;

/// <summary>The other end failed while it answered; the message says how, as it says it.</summary>
public sealed class RemoteException(FailureMessage failure) : Exception($"{failure.Type}: {failure.Text}")
{
    /// <summary>What kind of exception it was.</summary>
    public FailureReason Reason => failure.Reason;

    /// <summary>Its message, without its type.</summary>
    public string Text => failure.Text;

    /// <summary>The whole of it, for people who look for the fault.</summary>
    public string Detail => failure.Detail;
}

/// <summary>
/// One end of the connection between the daemon and a plugin's host: asks questions, answers those of the other end. How
/// many of the other end's questions may be open at once is bounded; beyond it nothing is read.
/// </summary>
public sealed class PluginConnection : IDisposable
{
    private const int OpenQuestions = 64;

    private readonly Stream _stream;
    private readonly Func<Frame, ValueTask<ReadOnlyMemory<byte>>> _answer;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly SemaphoreSlim _open = new(OpenQuestions);
    private readonly CancellationTokenSource _ended = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<Frame?>> _questions = new();
    private int _calls;

    /// <summary>Talks over <paramref name="stream"/>, which it owns.</summary>
    /// <param name="stream">The connection.</param>
    /// <param name="answer">Answers a frame of the other end. What needs no answer is handed over in order, and is awaited.</param>
    public PluginConnection(Stream stream, Func<Frame, ValueTask<ReadOnlyMemory<byte>>> answer)
    {
        _stream = stream;
        _answer = answer;
    }

    /// <summary>Cancelled once the connection has ended.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Reads until the other end goes, or breaks the protocol.</summary>
    public async Task RunAsync()
    {
        try
        {
            while (await Frame.ReadAsync(_stream, _ended.Token).ConfigureAwait(false) is { } frame)
            {
                await TakeAsync(frame).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is IOException or InvalidDataException or OperationCanceledException or ObjectDisposedException)
        {
            // However it ended, nothing more can be sent.
        }
        finally
        {
            await _ended.CancelAsync().ConfigureAwait(false);
            foreach (var question in _questions.Values)
            {
                // No exception: the caller may have gone already.
                question.TrySetResult(null);
            }
        }
    }

    /// <summary>Asks, and waits for the answer.</summary>
    /// <exception cref="RemoteException">The other end failed.</exception>
    /// <exception cref="PluginException">The plugin can never work so.</exception>
    /// <exception cref="IOException">The connection has ended.</exception>
    public async Task<ReadOnlyMemory<byte>> AskAsync(
        FrameKind kind, ReadOnlyMemory<byte> payload = default, int target = 0, CancellationToken cancellationToken = default)
    {
        var call = Interlocked.Increment(ref _calls);
        var answer = new TaskCompletionSource<Frame?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _questions[call] = answer;
        try
        {
            await SendAsync(new Frame(kind, call, target, payload), cancellationToken).ConfigureAwait(false);
            if (_ended.IsCancellationRequested)
            {
                throw Gone();
            }

            var frame = await answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false) ?? throw Gone();
            return frame.Kind == FrameKind.Reply ? frame.Payload : throw Failure(frame.Payload);
        }
        finally
        {
            _questions.TryRemove(call, out _);
        }
    }

    /// <summary>Sends a message that needs no answer; does nothing if the other end is gone.</summary>
    public async Task TellAsync(FrameKind kind, ReadOnlyMemory<byte> payload = default, int target = 0)
    {
        try
        {
            await SendAsync(new Frame(kind, 0, target, payload), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // The reader notices, and wakes the callers that wait.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ended.Cancel();
        _stream.Dispose();
    }

    private async ValueTask TakeAsync(Frame frame)
    {
        if (frame.Kind is FrameKind.Reply or FrameKind.Failure)
        {
            if (_questions.TryGetValue(frame.Call, out var question))
            {
                question.TrySetResult(frame);
            }
        }
        else if (frame.Call == 0)
        {
            await _answer(frame).ConfigureAwait(false);
        }
        else
        {
            await _open.WaitAsync(_ended.Token).ConfigureAwait(false);
            AnswerAsync(frame).LeaveBehind();
        }
    }

    private async Task AnswerAsync(Frame frame)
    {
        await Task.Yield();
        Frame reply;
        try
        {
            reply = new Frame(FrameKind.Reply, frame.Call, frame.Target, await _answer(frame).ConfigureAwait(false));
        }
        catch (Exception error)
        {
            // Whatever the exception is, the caller gets it and decides.
            reply = new Frame(FrameKind.Failure, frame.Call, frame.Target, MessageJson.Write(MessageOf(error), MessageJson.Default.FailureMessage));
        }

        _open.Release();
        try
        {
            await SendAsync(reply, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // No caller waits for it any longer.
        }
    }

    private async Task SendAsync(Frame frame, CancellationToken cancellationToken)
    {
        if (frame.Payload.Length > Frame.LongestPayload)
        {
            throw new InvalidDataException($"A message of {frame.Payload.Length} bytes is too long; the longest has {Frame.LongestPayload}.");
        }

        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // A frame is sent whole or not at all: what cancels a question does not cut it off.
            await _stream.WriteAsync(frame.ToBytes(), _ended.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is ObjectDisposedException or OperationCanceledException)
        {
            throw Gone();
        }
        finally
        {
            _writing.Release();
        }
    }

    private static IOException Gone() => new("the connection has ended");

    private static FailureMessage MessageOf(Exception error)
    {
        var reason = error switch
        {
            PluginException => FailureReason.Refused,
            ArgumentException => FailureReason.Argument,
            InvalidOperationException => FailureReason.State,
            OperationCanceledException => FailureReason.Cancelled,
            _ => FailureReason.Thrown,
        };
        const int longest = 16 * 1024;
        string Cut(string text) => text.Length <= longest ? text : text[..longest];
        return new FailureMessage(reason, error.GetType().Name, Cut(error.Message), Cut(error.ToString()));
    }

    private static Exception Failure(ReadOnlyMemory<byte> payload)
    {
        var failure = MessageJson.Read(payload, MessageJson.Default.FailureMessage);
        return failure.Reason == FailureReason.Refused
            ? new PluginException(failure.Text, new RemoteException(failure))
            : new RemoteException(failure);
    }
}
