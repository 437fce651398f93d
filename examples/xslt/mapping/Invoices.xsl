<?xml version="1.0" encoding="UTF-8"?>
<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:hci="http://sap.com/it/" exclude-result-prefixes="xs hci">
  <xsl:include href="Money.xsl"/>
  <xsl:output omit-xml-declaration="yes"/>
  <!-- A header or property of this name gives the value. -->
  <xsl:param name="Currency" select="'USD'"/>
  <xsl:param name="exchange"/>

  <xsl:template match="/order">
    <xsl:if test="not(position)">
      <xsl:message terminate="yes">order <xsl:value-of select="@id"/> has no positions</xsl:message>
    </xsl:if>
    <xsl:variable name="customers" select="distinct-values(position/@customer)"/>
    <xsl:value-of select="hci:setHeader($exchange, 'InvoiceCount', string(count($customers)))"/>
    <invoices order="{@id}">
      <xsl:for-each-group select="position" group-by="@customer">
        <xsl:sort select="current-grouping-key()"/>
        <invoice customer="{current-grouping-key()}" currency="{$Currency}">
          <xsl:apply-templates select="current-group()"/>
          <total><xsl:call-template name="money">
            <xsl:with-param name="amount" select="sum(for $p in current-group() return xs:decimal($p/@price) * xs:integer($p/@count))"/>
          </xsl:call-template></total>
        </invoice>
      </xsl:for-each-group>
    </invoices>
  </xsl:template>

  <xsl:template match="position">
    <line count="{@count}"><xsl:value-of select="normalize-space(.)"/></line>
  </xsl:template>
</xsl:stylesheet>
