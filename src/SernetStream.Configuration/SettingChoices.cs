namespace SernetStream.Configuration;

/// <summary>Where events are printed.</summary>
internal enum OutputFormat
{
    /// <summary>Text at a terminal, JSON elsewhere.</summary>
    Auto,

    /// <summary>One line for people.</summary>
    Text,

    /// <summary>One JSON object a line.</summary>
    Json,

    /// <summary>Nowhere.</summary>
    None,
}

/// <summary>What is learnt of how people sound.</summary>
internal enum Learning
{
    /// <summary>Nothing.</summary>
    Off,

    /// <summary>Labelled utterances; in memory only.</summary>
    Labelled,

    /// <summary>Labelled utterances, and what was enrolled; kept in the state folder.</summary>
    Keep,

    /// <summary>What is usual, from all that is heard; in memory only.</summary>
    Session,
}

/// <summary>How fast a recording is read.</summary>
internal enum Speed
{
    Real,
    Max,
}

/// <summary>The least important lines that are logged.</summary>
internal enum LogVerbosity
{
    Debug,
    Info,
    Warning,
    Error,
}

/// <summary>The protocol of an OpenTelemetry collector.</summary>
internal enum OtlpProtocol
{
    Grpc,
    Http,
}
