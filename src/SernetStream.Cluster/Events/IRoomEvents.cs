using SernetStream.Models;
using SernetStream.Pipeline;
using SernetStream.Publishing;

namespace SernetStream.Cluster.Events;

/// <summary>Where the events of this silo's rooms go.</summary>
internal interface IRoomEvents
{
    /// <summary>A room begins here: it is online.</summary>
    /// <param name="room">Its name.</param>
    /// <param name="card">Its model.</param>
    /// <param name="controls">What can be changed about it.</param>
    /// <param name="health">How it is doing.</param>
    IRoomOutlet Open(string room, ModelCard card, INodeControls controls, Func<NodeHealth> health);
}

/// <summary>The way out for one room.</summary>
internal interface IRoomOutlet : IEventSink
{
    /// <summary>The room ends here. When this returns, nothing of it is on its way.</summary>
    /// <param name="offline">Whether it is offline then; otherwise another silo has it.</param>
    Task CloseAsync(bool offline);
}
