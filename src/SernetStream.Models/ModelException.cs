namespace SernetStream.Models;

/// <summary>The kinds of fault of a model.</summary>
public enum ModelError
{
    /// <summary>No model of that name or at that path. Another name helps.</summary>
    NotFound,

    /// <summary>The card is not JSON, lacks a key, has one too many, or holds a value out of range.</summary>
    BadCard,

    /// <summary>The file is not the one that the card describes (its SHA-256 differs). Copy both again.</summary>
    ChecksumMismatch,

    /// <summary>The file is not a model that ONNX Runtime can load.</summary>
    NotLoadable,

    /// <summary>Inputs, outputs or their shapes are not what the card says.</summary>
    ShapeMismatch,

    /// <summary>It works on recordings, but streams are not served at its sample rate.</summary>
    NotStreamable,

    /// <summary>
    /// Its input or output is infinite or not a number. That window has no answer; the next may have one.
    /// </summary>
    NotFinite,

    /// <summary>The native library of ONNX Runtime could not be loaded on this machine.</summary>
    RuntimeMissing,
}

/// <summary>A model cannot be used. The message is a sentence that says why and what to do.</summary>
public sealed class ModelException : Exception
{
    /// <inheritdoc cref="ModelException"/>
    public ModelException(ModelError error, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Error = error;
    }

    /// <summary>What is the matter.</summary>
    public ModelError Error { get; }
}
