using SernetStream.Publishing;

namespace SernetStream.Web.Health;

/// <summary>In what condition a node, or a house of many rooms, is.</summary>
internal interface INodeCondition
{
    /// <summary>Whether the process deserves to live.</summary>
    bool IsLive { get; }

    /// <summary>Whether it listens, and samples come; in a house, in all rooms.</summary>
    bool IsReady { get; }

    /// <summary>Why it is stuck, as the end of a sentence; null if it is not.</summary>
    string? Stuck { get; }

    /// <summary>What the microphone delivers, in a house the worst of them; null: there is none.</summary>
    MicrophoneState? Microphone { get; }

    /// <summary>Whether the broker is there; null: there is none to be there.</summary>
    bool? IsBrokerConnected { get; }
}
