using System.Diagnostics;
using SernetStream.Cluster.Fleet;
using SernetStream.Cluster.Rooms;

namespace SernetStream.Cluster.Gateways;

/// <summary>Brings rooms to this silo while somebody sends audio for them here. All gateways use it.</summary>
internal sealed class RoomDoor(
    RoomEngine engine, FleetView fleet, SiloReporter reporter, IGrainFactory grains, ILocalSiloDetails self, ILogger<RoomDoor> log)
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.2);

    /// <summary>A room that moves is here before that.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Why a room's audio is not taken here now, in a sentence; null: it is.</summary>
    public string? Refusal(string room) =>
        fleet.IsResting(room) ? "The silos do not keep up, so this room rests; try again in a minute."
        : fleet.IsDraining(self.SiloAddress) ? "This silo is drained and takes no rooms; send to another."
        : reporter.HasGivenAway(room) ? "This silo does not keep up and has given this room away; send to another."
        : null;

    /// <summary>Has a room hear what somebody sends, on this silo, until it is over.</summary>
    /// <param name="spec">The room. With a source, it stays where it is heard while somebody sends there; without, it comes at once.</param>
    /// <param name="audio">What is sent; disposed in the end.</param>
    /// <param name="gone">Cancelled when the sender, or this silo, goes.</param>
    public async Task HearAsync(RoomSpec spec, SentAudio audio, CancellationToken gone)
    {
        try
        {
            if (await BringAsync(spec, audio, gone).ConfigureAwait(false))
            {
                await audio.Ended.WaitAsync(gone).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
            // The room hears the rest of it.
        }
        finally
        {
            engine.EndFeed(spec.Name, audio);
        }
    }

    /// <returns>Whether the room is here, and has the audio.</returns>
    private async Task<bool> BringAsync(RoomSpec spec, SentAudio audio, CancellationToken gone)
    {
        var (began, told, isSaid) = (Stopwatch.GetTimestamp(), false, false);
        while (!gone.IsCancellationRequested && !audio.Ended.IsCompleted && Refusal(spec.Name) is null)
        {
            try
            {
                RoomDirector.PlaceAt(self.SiloAddress);
                if (engine.Feed(spec.Name, audio, takesOver: spec.Source is null)
                    && await grains.GetGrain<IRoomGrain>(spec.Name).AttachAsync(spec, self.SiloAddress).WaitAsync(CallLimit, gone).ConfigureAwait(false))
                {
                    return true;
                }

                if (!isSaid && Stopwatch.GetElapsedTime(began) > Patience)
                {
                    log.LogInformation("{Room} is heard elsewhere, so what comes for it here waits until nothing comes there for a second", spec.Name);
                    isSaid = true;
                }
            }
            catch (Exception error) when (!gone.IsCancellationRequested)
            {
                if (!told)
                {
                    log.LogWarning("the room {Room} cannot begin yet ({Reason}); trying again", spec.Name, error.Message.Split('\n')[0]);
                    log.LogDebug(error, "What did not answer");
                }

                told = true;
            }

            audio.Pass();
            await Task.Delay(Pause, gone).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return false;
    }
}
