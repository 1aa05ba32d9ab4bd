using System.Runtime.InteropServices;

namespace SernetStream.Cluster.Rooms;

/// <inheritdoc/>
/// <remarks>
/// The grain decides where the room is and remembers what must outlive a silo; the work is done by <see cref="RoomEngine"/> on threads
/// of its own, so that nothing here ever takes long. Its memory is written before the room is heard, with a block of numbers for its
/// events: an activation that Redis does not let write does not begin, and one that another has replaced ends at its next write.
/// </remarks>
[KeepAlive]
[RoomPlacement]
internal sealed class RoomGrain(
    [PersistentState("room", SiloHost.Storage)] IPersistentState<RoomMemory> memory,
    RoomEngine engine,
    ILocalSiloDetails silo) : Grain, IRoomGrain
{
    /// <summary>How often the baseline is written down; what was learnt since is lost with a silo that is killed.</summary>
    internal static readonly TimeSpan SavePeriod = TimeSpan.FromSeconds(15);

    private RoomRun? _run;
    private bool _isUnsaved;

    private string Name => this.GetPrimaryKeyString();

    public async Task FetchAsync(RoomSpec spec)
    {
        if (_run is { HasEnded: false } run && run.Spec == spec)
        {
            return;
        }

        await EndAsync(offline: false);
        await BeginAsync(spec);
    }

    public async Task<bool> AttachAsync(RoomSpec spec, SiloAddress gateway)
    {
        if (spec.Source is not null && _run is { IsSending: true })
        {
            // Whoever sends to a port shows no token: nobody takes the place of one who still sends.
            return false;
        }

        if (!silo.SiloAddress.Equals(gateway))
        {
            // Not deactivated: other silos would remember for a while that it is here, and their calls would bring it back.
            RoomDirector.PlaceAt(gateway);
            MigrateOnIdle();
            return false;
        }

        await EndAsync(offline: false);
        await BeginAsync(spec);
        return true;
    }

    public async Task KeepAsync()
    {
        if (_run is { } run)
        {
            Heed(run);
            await WriteNewsAsync(CancellationToken.None);
        }
    }

    public Task LeaveAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task EndedAsync(long firstSequence)
    {
        if (_run is null || _run.FirstSequence == firstSequence)
        {
            DeactivateOnIdle();
        }

        return Task.CompletedTask;
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(SaveAsync, new GrainTimerCreationOptions(SavePeriod, SavePeriod) { Interleave = false });
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await EndAsync(offline: true);
        await WriteNewsAsync(cancellationToken);
    }

    private async Task BeginAsync(RoomSpec spec)
    {
        var first = memory.State.NextSequence;
        memory.State.NextSequence = first + SequenceNumbers.BlockLength;
        memory.State.Beginnings++;
        _isUnsaved = true;
        await WriteNewsAsync(CancellationToken.None);
        var numbers = new SequenceNumbers();
        numbers.Add(first);
        var reference = this.AsReference<IRoomGrain>();
        _run = await engine.StartAsync(
            spec, numbers, first, memory.State, () => _ = QuietlyAsync(() => reference.EndedAsync(first)), () => _ = QuietlyAsync(reference.KeepAsync));
    }

    private async Task EndAsync(bool offline)
    {
        if (_run is { } run)
        {
            _run = null;
            await engine.StopAsync(run, offline);
            Learn(run);
            Heed(run);
        }
    }

    private async Task SaveAsync(CancellationToken cancellationToken)
    {
        if (_run is not { } run)
        {
            // It came to a silo whose sender had gone meanwhile.
            DeactivateOnIdle();
            return;
        }

        var first = memory.State.NextSequence;
        var takesBlock = run.Numbers.IsRunningOut;
        if (takesBlock)
        {
            memory.State.NextSequence = first + SequenceNumbers.BlockLength;
            _isUnsaved = true;
        }

        Learn(run);
        Heed(run);
        try
        {
            await WriteNewsAsync(cancellationToken);
        }
        catch (Exception error) when (error is not Orleans.Storage.InconsistentStateException)
        {
            // Redis is away: the next time. The block that was meant may be somebody's by then, so it is nobody's.
            return;
        }

        if (takesBlock)
        {
            run.Numbers.Add(first);
        }
    }

    /// <summary>Takes over what the room has learnt.</summary>
    private void Learn(RoomRun run)
    {
        var baseline = MemoryMarshal.AsBytes<float>(run.Baseline);
        if (baseline.Length > 0 && (memory.State.Baseline is not { } known || !baseline.SequenceEqual(known)))
        {
            (memory.State.Baseline, memory.State.BaselineOf) = (baseline.ToArray(), run.Model.Card.Sha256);
            _isUnsaved = true;
        }
    }

    /// <summary>Takes over what people have set.</summary>
    private void Heed(RoomRun run)
    {
        if (run.Controls.Wishes is var wishes && wishes != memory.State.Wishes)
        {
            memory.State.Wishes = wishes;
            _isUnsaved = true;
        }
    }

    /// <summary>Writes what is not written yet; what a write that fails would have written stays for the next.</summary>
    private async Task WriteNewsAsync(CancellationToken cancellationToken)
    {
        if (_isUnsaved)
        {
            await memory.WriteStateAsync(cancellationToken);
            _isUnsaved = false;
        }
    }

    private async Task QuietlyAsync(Func<Task> call)
    {
        try
        {
            // The caller may be the thread of the broker's messages.
            await Task.Run(call);
        }
        catch (Exception error)
        {
            engine.Log.LogDebug(error, "The room {Room} could not be told", Name);
        }
    }
}
