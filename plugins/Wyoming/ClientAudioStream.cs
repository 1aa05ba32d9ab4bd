namespace SernetStream.Plugins.Wyoming;

/// <summary>The audio of one client on its way through a pipeline, and the task that answers it.</summary>
internal sealed class ClientAudioStream : IAsyncDisposable
{
    private readonly IAudioStream _stream;
    private readonly Task _answering;

    /// <param name="stream">The pipeline.</param>
    /// <param name="answers">Who is told.</param>
    /// <param name="end">Ends the session; also done from here, when the client cannot be answered.</param>
    public ClientAudioStream(IAudioStream stream, ClientWriter answers, CancellationTokenSource end)
    {
        _stream = stream;
        _answering = AnswerAsync(answers, end);
    }

    public AudioFormat Format => _stream.Format;

    public ValueTask WriteAsync(ReadOnlyMemory<byte> audio, CancellationToken cancellationToken) =>
        _stream.WriteAsync(audio, cancellationToken);

    /// <summary>No more audio comes; completes when all of it has been answered.</summary>
    public Task FinishAsync()
    {
        _stream.Complete();
        return _answering;
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();

        // The caller has reported the failure; a client that is gone cannot be answered.
        await _answering.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task AnswerAsync(ClientWriter answers, CancellationTokenSource end)
    {
        try
        {
            await foreach (var heard in _stream.Events.WithCancellation(end.Token))
            {
                await answers.TellAsync(heard, end.Token);
            }
        }
        catch
        {
            // Events that nobody takes fill the pipeline, and then the client's audio would wait for ever.
            await end.CancelAsync();
            throw;
        }
    }
}
