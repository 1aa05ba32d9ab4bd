using SernetStream.Cluster.Events;
using SernetStream.Cluster.Joining;
using SernetStream.Pipeline;

namespace SernetStream.Cluster.Rooms;

/// <summary>Numbers a room's events, and lets them out while this silo may speak for the room.</summary>
internal sealed class RoomSink(IRoomOutlet outlet, SequenceNumbers numbers, MembershipFence fence) : IEventSink
{
    private long _withheld;

    /// <summary>Events that did not leave, because this silo may have been declared dead, or Redis was away until the numbers were used up.</summary>
    public long Withheld => Interlocked.Read(ref _withheld);

    public ValueTask PublishAsync(EmotionEvent emotionEvent)
    {
        if (fence.IsOpen && numbers.TryTake(out var number))
        {
            return outlet.PublishAsync(emotionEvent with { Sequence = number });
        }

        Interlocked.Increment(ref _withheld);
        return ValueTask.CompletedTask;
    }

    public ValueTask PublishSpeechAsync(bool speaking) => fence.IsOpen ? outlet.PublishSpeechAsync(speaking) : ValueTask.CompletedTask;
}
