namespace SernetStream.Plugins.Tests.Support;

/// <summary>Tests that measure what this whole process holds or how long something takes: nothing runs beside them.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class AloneCollection;
