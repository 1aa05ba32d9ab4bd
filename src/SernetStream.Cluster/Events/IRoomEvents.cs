using SernetStream.Models;
using SernetStream.Pipeline;

namespace SernetStream.Cluster.Events;

/// <summary>Where the events of this silo's rooms go.</summary>
internal interface IRoomEvents
{
    /// <summary>A room begins here: it is online.</summary>
    /// <param name="room">Its name.</param>
    /// <param name="card">Its model.</param>
    IRoomOutlet Open(string room, ModelCard card);
}

/// <summary>The way out for one room.</summary>
internal interface IRoomOutlet : IEventSink
{
    /// <summary>The room ends here. When this returns, nothing of it is on its way.</summary>
    /// <param name="offline">Whether it is offline then; otherwise another silo has it.</param>
    Task CloseAsync(bool offline);
}
