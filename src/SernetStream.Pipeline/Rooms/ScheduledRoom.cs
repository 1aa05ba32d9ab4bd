namespace SernetStream.Pipeline.Rooms;

/// <summary>A pipeline, and when its turn is.</summary>
internal sealed class ScheduledRoom(SteppedPipeline pipeline)
{
    public SteppedPipeline Pipeline => pipeline;

    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Action Wake { get; set; } = () => { };

    /// <summary>When its turn is, in monotonic ticks; of several entries in the queue, only the one with this time counts.</summary>
    public long Due { get; set; }

    public bool IsRunning { get; set; }

    /// <summary>Whether it was woken while it was stepped.</summary>
    public bool IsWoken { get; set; }

    public bool IsFinished { get; set; }
}
